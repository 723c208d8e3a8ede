import * as fc from 'fast-check';
import type postgres from 'postgres';
import { DAY } from '../moments.ts';
import { freeKey, freshJob, keyHolder, type NewJob, newJob } from '../new_jobs.ts';
import { attempt, type Seen, settleStep } from '../step.ts';
import { type Jobs, MOST_JOBS, OWNER, type World } from '../world.ts';
import { command, type ModelCommand } from './command.ts';

const room = (world: World) => world.jobs.size < MOST_JOBS;

function sendInsert(sql: postgres.TransactionSql, job: NewJob, status: string) {
  const config = JSON.stringify(job.job_config);
  return sql<{ id: string }[]>`
    insert into puppet_jobs (user_id, job_type, job_config, priority, status, scheduled_at,
      deadline_at, max_retries, retry_enabled, idempotency_key)
    values (${OWNER}, ${job.job_type}, ${config}::text::jsonb, ${job.priority}, ${status},
      coalesce(clock_timestamp() + make_interval(secs => ${job.due_in}), now()),
      clock_timestamp() + make_interval(secs => ${job.deadline_in}), ${job.max_retries},
      ${job.retry_enabled}, ${job.idempotency_key})
    returning id
  `;
}

export function insert(job: NewJob, queued: boolean): ModelCommand {
  return command('insert', { ...job, queued }, room, async (world, real) => {
    const status = queued ? 'queued' : 'pending';
    const seen = await attempt(real, (sql) => sendInsert(sql, job, status));
    settleStep(world, seen, (jobs) => {
      if (keyHolder(jobs, job)) return seen.refusal?.code === '23505' ? [] : ['the key is taken'];
      const row = seen.rows.get(seen.reply?.id ?? '');
      if (!row) return [`the insert was refused: ${seen.refusal?.message}`];
      jobs.set(row.id, freshJob(job, row, status, seen.now));
      return [];
    });
  });
}

interface Enqueued {
  job_id: string;
  created: boolean;
  same_payload: boolean;
}

function itemOf({ due_in, deadline_in, ...columns }: NewJob) {
  const at = (seconds: number | null) =>
    seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString();
  return { ...columns, user_id: OWNER, scheduled_at: at(due_in), deadline_at: at(deadline_in) };
}

function judgeEnqueue(
  jobs: Jobs,
  batch: NewJob[],
  enqueued: Enqueued[],
  seen: Seen<unknown>,
  at: number,
): string[] {
  if (enqueued.length !== batch.length) return [`the batch was refused: ${seen.refusal?.message}`];
  for (const job of batch) freeKey(jobs, job, at - 7 * DAY);
  return batch.flatMap((job, place) => {
    const answer = enqueued[place];
    const first = keyHolder(jobs, job);
    const row = seen.rows.get(answer?.job_id ?? '');
    if (!answer || !row) return [`job ${place} is not there`];
    if (!first) jobs.set(row.id, freshJob(job, row, 'pending', seen.now));
    const same = JSON.stringify(first?.row.job_config ?? job.job_config);
    const expected = {
      job_id: first?.row.id ?? row.id,
      created: !first,
      same_payload: same === JSON.stringify(job.job_config),
    };
    const wrong = expected.job_id !== answer.job_id || expected.created !== answer.created ||
      expected.same_payload !== answer.same_payload;
    return wrong
      ? [`job ${place}: ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`]
      : [];
  });
}

/** Whether it could not run before its deadline, which enqueue_jobs refuses. */
function isOverBefore({ due_in, deadline_in }: NewJob): boolean {
  return deadline_in !== null && deadline_in <= (due_in ?? 0);
}

function enqueue(batch: NewJob[], bad: boolean): ModelCommand {
  const fits = (world: World) => world.jobs.size + batch.length <= MOST_JOBS;
  return command('enqueue_jobs', { batch, bad }, fits, async (world, real) => {
    const items = [...batch.map(itemOf), ...(bad ? [{ user_id: OWNER, priority: 11 }] : [])];
    const seen = await attempt(real, (sql) =>
      sql<{ enqueued: Enqueued[] }[]>`
        select enqueue_jobs(${JSON.stringify(items)}::text::jsonb) as enqueued
      `);
    settleStep(world, seen, (jobs, at) => {
      if (bad || batch.some(isOverBefore)) {
        return seen.refusal?.code === 'PT422' ? [] : ['a bad batch must be refused whole'];
      }
      return judgeEnqueue(jobs, batch, seen.reply?.enqueued ?? [], seen, at);
    });
  });
}

const batches = fc.array(newJob, { minLength: 1, maxLength: 3 });

export const enqueues: fc.Arbitrary<ModelCommand>[] = [
  fc.tuple(newJob, fc.nat(5).map((n) => n === 5)).map(([...given]) => insert(...given)),
  fc.tuple(batches, fc.nat(9).map((n) => n === 9)).map(([...given]) => enqueue(...given)),
];
