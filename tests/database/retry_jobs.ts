import type { Sql } from './database.ts';

export interface BulkRetry {
  dry_run: boolean;
  count: number;
  limited: boolean;
  remaining: number;
  sample: {
    job_id: string;
    job_type: string;
    stop_reason: string | null;
    last_error_type: string | null;
    completed_at: string;
  }[];
  changed: string[];
}

/** Retries ended jobs in bulk; a dry run unless told otherwise. */
export async function retryJobs(
  sql: Sql,
  filter: unknown,
  { spread = 0 as number | null, dryRun = true } = {},
): Promise<BulkRetry> {
  const [row] = await sql<{ answer: BulkRetry }[]>`
    select retry_jobs(${JSON.stringify(filter)}::text::jsonb, ${spread}, ${dryRun}) as answer
  `;
  return row!.answer;
}
