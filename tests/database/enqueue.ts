import type { Sql } from './database.ts';

export interface Enqueued {
  job_id: string;
  created: boolean;
  same_payload: boolean;
}

/** Enqueues jobs as the current role; each is sent as it is. */
export async function enqueue(sql: Sql, jobs: unknown): Promise<Enqueued[]> {
  const [row] = await sql<{ jobs: Enqueued[] }[]>`
    select enqueue_jobs(${JSON.stringify(jobs)}::text::jsonb) as jobs
  `;
  return row!.jobs;
}

/** So many jobs of the test type for one owner. */
export function manyJobs(count: number, userId: string): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, n) => ({
    user_id: userId,
    job_type: 'test_job',
    job_config: { n },
  }));
}
