import * as fc from 'fast-check';
import { cancelled, retried, retryRefusal, REVIVABLE } from '../manual_rules.ts';
import { later, latest, SECOND, type Span } from '../moments.ts';
import { attempt, perform, type Seen, settleStep } from '../step.ts';
import { type Jobs, type Known, pickJob, TYPES } from '../world.ts';
import { command, type ModelCommand, withJobs } from './command.ts';

interface State {
  job_id: string;
  status: string;
  [field: string]: unknown;
}

function stateProblems(state: State | undefined, seen: Seen<unknown>): string[] {
  const row = seen.rows.get(state?.job_id ?? '');
  const right = row !== undefined && state?.status === row.status &&
    state.final_status === row.final_status && state.stop_reason === row.stop_reason &&
    state.retry_count === row.retry_count;
  return right ? [] : [`the answer ${JSON.stringify(state)} is not the job's state`];
}

function cancel(nth: number): ModelCommand {
  return command('cancel_job', { nth }, withJobs, async (world, real) => {
    const known = pickJob(world, nth);
    if (!known) return;
    const { id } = known.row;
    const seen = await attempt(real, (sql) =>
      sql<{ state: State }[]>`
        select cancel_job(${id}, 'not wanted') as state
      `);
    settleStep(world, seen, (jobs) => {
      const after = cancelled(known, seen.now, seen.rows.get(id) ?? known.row);
      if (!after) return seen.refusal?.code === 'PT409' ? [] : ['an ended job was cancelled'];
      jobs.set(id, after);
      return stateProblems(seen.reply?.state, seen);
    });
  });
}

interface RetryInput {
  nth: number;
  /** Seconds from now; null for at once. */
  runIn: number | null;
  reason: string;
  config: { n: number } | null;
}

function retry(input: RetryInput): ModelCommand {
  return command('retry_job', input, withJobs, async (world, real) => {
    const known = pickJob(world, input.nth);
    if (!known) return;
    const { id } = known.row;
    const config = input.config && JSON.stringify(input.config);
    const seen = await attempt(real, (sql) =>
      sql<{ state: State }[]>`
        select retry_job(${id}, ${input.reason},
          p_run_at => clock_timestamp() + make_interval(secs => ${input.runIn}),
          p_job_config => ${config}::text::jsonb) as state
      `);
    settleStep(world, seen, (jobs, at) => {
      const wait = Math.max(0, input.runIn ?? 0);
      const code = retryRefusal(known.row, at + wait * SECOND);
      if (code) return seen.refusal?.code === code ? [] : [`retry_job must be refused: ${code}`];
      const call = { due: later(seen.now, wait), reason: input.reason, config: input.config };
      jobs.set(id, retried(known, call, seen.now, seen.rows.get(id) ?? known.row));
      return stateProblems(seen.reply?.state, seen);
    });
  });
}

interface BulkInput {
  job_type: string | null;
  status: string | null;
  spread: number;
  dryRun: boolean;
}

interface Bulk {
  count: number;
  changed: string[];
}

function isMeant({ row }: Known, input: BulkInput, at: number): boolean {
  return REVIVABLE.includes(row.status) && row.status === (input.status ?? 'permanently_failed') &&
    (input.job_type === null || row.job_type === input.job_type) &&
    (row.deadline_at === null || latest(row.deadline_at) > at);
}

/** A job that would be due behind its own deadline is due at once. */
function bulkDue(row: Known['row'], input: BulkInput, now: Span): Span {
  const spread = later(now, 0, input.spread);
  return row.deadline_at === null
    ? spread
    : { ...spread, to: Math.min(spread.to, latest(row.deadline_at)) };
}

function retryAll(input: BulkInput): ModelCommand {
  return command('retry_jobs', input, withJobs, async (world, real) => {
    const { job_type, status } = input;
    const filter = JSON.stringify({
      ...(job_type ? { job_type } : { job_ids: [...world.jobs.keys()] }),
      ...(status ? { status } : {}),
    });
    const seen = await perform(real, (sql) =>
      sql<{ bulk: Bulk }[]>`
        select retry_jobs(${filter}::text::jsonb, ${input.spread}, ${input.dryRun}) as bulk
      `);
    settleStep(world, seen, (jobs, at) => judgeBulk(jobs, input, seen, at));
  });
}

function judgeBulk(jobs: Jobs, input: BulkInput, seen: Seen<{ bulk: Bulk }>, at: number): string[] {
  const meant = [...jobs.values()].filter((known) => isMeant(known, input, at));
  const ids = meant.map(({ row }) => row.id).sort();
  const bulk = seen.reply?.bulk;
  const changed = JSON.stringify([...bulk?.changed ?? []].sort());
  for (const known of input.dryRun ? [] : meant) {
    const due = bulkDue(known.row, input, seen.now);
    const call = { due, reason: 'bulk_retry', config: null };
    const { id } = known.row;
    jobs.set(id, retried(known, call, seen.now, seen.rows.get(id) ?? known.row));
  }
  const right = bulk?.count === ids.length && changed === JSON.stringify(input.dryRun ? [] : ids);
  return right ? [] : [`retry_jobs: ${JSON.stringify(bulk)}, not ${JSON.stringify(ids)}`];
}

const retryInput: fc.Arbitrary<RetryInput> = fc.record({
  nth: fc.nat(7),
  runIn: fc.option(fc.constantFrom(-500, 40, 700, 50_000), { freq: 2 }),
  reason: fc.constantFrom('manual_retry', 'fixed'),
  config: fc.option(fc.record({ n: fc.nat(2) }), { freq: 2 }),
});

const bulkInput: fc.Arbitrary<BulkInput> = fc.record({
  job_type: fc.option(fc.constantFrom(...TYPES)),
  status: fc.option(fc.constantFrom(...REVIVABLE)),
  spread: fc.constantFrom(0, 100),
  dryRun: fc.boolean(),
});

export const manuals: fc.Arbitrary<ModelCommand>[] = [
  fc.nat(7).map(cancel),
  retryInput.map(retry),
  bulkInput.map(retryAll),
];
