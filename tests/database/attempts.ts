import { randomFrom } from '../../supabase/local/random.ts';
import type { Sql } from './database.ts';
import { insertAttempt } from './history.ts';
import { insertJob, OTHER_OWNER, OWNER } from './jobs.ts';

/** One row of the history, as far as analytics look at it. */
export interface Attempt {
  job_id: string;
  user_id: string;
  job_type: string;
  attempt_number: number;
  is_retry: boolean;
  attempted_at: Date;
  created_at: Date;
  duration_ms: number | null;
  success: boolean;
  error_type: string | null;
  decision: string;
  delay_seconds: number | null;
  logged_by: 'engine' | 'caller';
}

export interface AnalysedJob {
  id: string;
  user_id: string;
  job_type: string;
  status: string;
}

export interface History {
  jobs: AnalysedJob[];
  attempts: Attempt[];
}

/** A time that no other test's rows are in; histories start within a week of it. */
export const FAR_AWAY = Date.parse('2071-01-01T00:00:00Z');
export const DAY_MS = 86_400_000;

// Letters only: their order is the same here and in every collation.
const ERROR_TYPES = [...'abcdefghijklmn'].map((letter) => `error${letter}`);
const JOB_TYPES = ['analysed', 'examined', 'inspected'];

/** Jobs with lives that the engine could have written: gaps, crashes, late successes, caller rows. */
export function randomHistory(seed: number, jobs = 300): History {
  const random = randomFrom(seed);
  const history: History = { jobs: [], attempts: [] };
  for (let place = 0; place < jobs; place++) addLife(history, random);
  return history;
}

function addLife({ jobs, attempts }: History, random: () => number): void {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!;
  const job = {
    id: crypto.randomUUID(),
    user_id: pick([OWNER, OTHER_OWNER]),
    job_type: pick(JOB_TYPES),
  };
  const rows = Math.floor(random() * 7);
  const succeeds = rows > 0 && random() < 0.5;
  let number = 0;
  let time = FAR_AWAY + Math.floor(random() * 7 * DAY_MS);
  for (let place = 0; place < rows; place++) {
    number += 1 + Math.floor(random() * 1.5);
    const success = succeeds && place === rows - 1;
    const duration = Math.floor(random() * 90_000);
    const waits = !success && random() < 0.8;
    attempts.push({
      job_id: job.id,
      user_id: job.user_id,
      job_type: job.job_type,
      attempt_number: number,
      is_retry: place > 0,
      attempted_at: new Date(time),
      created_at: new Date(time + duration),
      duration_ms: random() < 0.1 ? null : duration,
      success,
      error_type: success ? null : pick(ERROR_TYPES.slice(0, 1 + Math.floor(random() * 14))),
      decision: success ? (place > 0 ? 'succeeded' : 'succeeded_late') : 'retry_scheduled',
      delay_seconds: waits ? Math.floor(random() * 20_000) : null,
      logged_by: 'engine',
    });
    if (random() < 0.2) attempts.push({ ...attempts.at(-1)!, logged_by: 'caller' });
    time += duration + Math.floor(random() * DAY_MS);
  }
  const waiting = ['pending', 'running', 'permanently_failed', 'cancelled'];
  jobs.push({ ...job, status: succeeds ? 'completed' : pick(waiting) });
}

/** Inserts the history directly, behind the engine's back. */
export async function insertHistory(sql: Sql, { jobs, attempts }: History): Promise<void> {
  for (const job of jobs) {
    const ended = ['completed', 'permanently_failed', 'cancelled'].includes(job.status);
    await sql`insert into puppet_jobs ${
      sql({
        ...job,
        final_status: ended ? job.status : null,
        completed_at: ended ? new Date() : null,
        ...(job.status === 'running' && {
          executing_by: 'executor',
          executing_at: new Date(),
          execution_timeout_at: new Date(),
          lease_token: crypto.randomUUID(),
        }),
      })
    }`;
  }
  if (attempts.length > 0) await sql`insert into puppet_job_retry_history ${sql(attempts)}`;
}

/** A job with these attempts, numbered from 1 unless they say otherwise; the first is no retry. */
export async function withAttempts(
  sql: Sql,
  attempts: Record<string, unknown>[],
  job: Record<string, unknown> = {},
): Promise<string> {
  const id = await insertJob(sql, job);
  for (const [place, attempt] of attempts.entries()) {
    const usual = { attempt_number: place + 1, is_retry: place > 0, error_type: 'network' };
    await insertAttempt(sql, id, { ...usual, ...attempt });
  }
  return id;
}
