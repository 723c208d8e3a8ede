import type { Sql } from './database.ts';

/** All that a row of the transition table speaks of; due_in is seconds after the last change. */
export interface JobState {
  status: string;
  final_status: string | null;
  retry_count: number;
  execution_attempts: number;
  crash_count: number;
  snooze_count: number;
  release_count: number;
  stop_reason: string | null;
  held: boolean;
  ended: boolean;
  cancel_requested: boolean;
  due_in: number | null;
  history: HistoryLine[];
}

export interface HistoryLine {
  attempt: number;
  is_retry: boolean;
  success: boolean;
  error_type: string | null;
  decision: string;
  delay: number | null;
}

/** The state of a job that was just inserted; tests name only what differs. */
export const NEW_JOB: JobState = {
  status: 'pending',
  final_status: null,
  retry_count: 0,
  execution_attempts: 0,
  crash_count: 0,
  snooze_count: 0,
  release_count: 0,
  stop_reason: null,
  held: false,
  ended: false,
  cancel_requested: false,
  due_in: null,
  history: [],
};

/** The history line of a first attempt that failed and got a retry after 7200 s. */
export const FIRST_FAILURE: HistoryLine = {
  attempt: 1,
  is_retry: false,
  success: false,
  error_type: 'network',
  decision: 'retry_scheduled',
  delay: 7200,
};

/** The state of a job that waits for its first retry under the test policy. */
export const FAILED_ONCE: JobState = {
  ...NEW_JOB,
  status: 'queued',
  final_status: 'failed',
  retry_count: 1,
  execution_attempts: 1,
  due_in: 7200,
  history: [FIRST_FAILURE],
};

/** Where a job is now, with its history, read right after a move. */
export async function stateOf(sql: Sql, id: string): Promise<JobState> {
  const [state] = await sql<JobState[]>`
    select status, final_status, retry_count, execution_attempts, crash_count, snooze_count,
      release_count, stop_reason, num_nonnulls(executing_by, executing_at, execution_timeout_at) > 0
        as held,
      completed_at is not null as ended, cancel_requested_at is not null as cancel_requested,
      round(extract(epoch from next_retry_at - updated_at))::int as due_in
    from puppet_jobs
    where id = ${id}
  `;
  const history = await sql<HistoryLine[]>`
    select attempt_number as attempt, is_retry, success, error_type, decision, delay_seconds as delay
    from puppet_job_retry_history
    where job_id = ${id} and logged_by = 'engine'
    order by attempt_number
  `;
  return { ...state!, history: history.map((line) => ({ ...line })) };
}
