import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { DELIVERED, HANDLED } from './jobs.ts';

const POLICY = {
  max_retries: 4,
  base_delay_seconds: 1,
  backoff_multiplier: 1.5,
  max_delay_seconds: 4,
  max_jitter_seconds: 1,
  timeout_seconds: 3,
};

/** The two job types, with waits of seconds, and a tick that soon gives up calls for lost. */
export async function applyPolicies(sql: DatabaseClient, targetUrl: string): Promise<void> {
  const policies = [
    { job_type: HANDLED, endpoint_url: null, max_crashes: 4, ...POLICY },
    { job_type: DELIVERED, endpoint_url: targetUrl, max_crashes: 2, ...POLICY },
  ];
  await sql`insert into public.puppet_job_retry_config ${sql(policies)}`;
  await sql`
    update puppet_private.settings
    set call_start_seconds = 2, call_claim_seconds = 5, tick_jobs_per_call = 50
  `;
}

/** The wait after a crash is half a minute and more: ages the jobs that wait so long. */
export async function ageCrashes(sql: DatabaseClient): Promise<void> {
  await sql`
    update public.puppet_jobs j
    set next_retry_at = clock_timestamp() + random() * interval '2 seconds'
    where j.id = any (array(
      select crashed.id
      from public.puppet_jobs crashed
      where crashed.status = 'queued'
        and crashed.last_error_type = 'lease_expired'
        and crashed.next_retry_at > clock_timestamp() + interval '3 seconds'
      for update skip locked))
  `;
}

/** How many jobs have not ended. */
export async function countOpen(sql: DatabaseClient): Promise<number> {
  const [row] = await sql<{ open: number }[]>`
    select count(*)::int as open
    from public.puppet_jobs j
    where j.status in ('pending', 'queued', 'running')
  `;
  return row?.open ?? 0;
}
