import type { Sql } from './database.ts';
import { OWNER } from './jobs.ts';

/** Inserts one attempt of the job, by default an automatic engine row of a failed first attempt. */
export async function insertAttempt(
  sql: Sql,
  jobId: string,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const row = {
    job_id: jobId,
    user_id: OWNER,
    job_type: 'test_job',
    attempt_number: 1,
    success: false,
    decision: 'retry_scheduled',
    logged_by: 'engine',
    ...columns,
  };
  const [attempt] = await sql<{ id: string }[]>`
    insert into puppet_job_retry_history ${sql(row)} returning id
  `;
  return attempt!.id;
}

/** Makes an attempt so many hours old. */
export async function ageAttempt(sql: Sql, id: string, hours: number): Promise<void> {
  await sql`
    update puppet_job_retry_history
    set attempted_at = clock_timestamp() - make_interval(hours => ${hours})
    where id = ${id}
  `;
}
