import type { RetryConfig } from '../../../shared/retry_config.ts';
import type { DatabaseClient } from '../../../supabase/local/database_client.ts';

/** The type of all jobs of this bench. */
export const JOB_TYPE = 'bench_way';

/** A retry is due a second after its failure; leases last 5 + 15 s. */
const POLICY = {
  job_type: JOB_TYPE,
  max_retries: 5,
  base_delay_seconds: 1,
  backoff_multiplier: 1,
  jitter_enabled: false,
  jitter_strategy: 'full',
  timeout_seconds: 5,
};

export async function applyPolicy(sql: DatabaseClient): Promise<void> {
  await sql`insert into public.puppet_job_retry_config ${sql(POLICY)}`;
}

/** New jobs. */
export interface NewJobs {
  jobs: number;
  /** How many of them fail at first, 0 to 1. */
  failShare?: number;
  /** How long each runs, in ms. */
  holdMs?: number;
  /** The first is due at this time, each other one so many seconds after the one before it. */
  dueFrom?: Date;
  apartSeconds?: number;
}

/** Inserts jobs in one statement: how they get there is measured by `enqueue.ts` alone. */
export async function addJobs(sql: DatabaseClient, options: NewJobs): Promise<void> {
  const { jobs, failShare = 0, holdMs = 0, dueFrom = new Date(), apartSeconds = 0 } = options;
  await sql`
    insert into public.puppet_jobs (user_id, job_type, job_config, scheduled_at)
    select gen_random_uuid(), ${JOB_TYPE},
      jsonb_build_object(
        -- Evenly spread: number n fails when the sum of shares passes a whole number there.
        'fails_once', floor(n * ${failShare}::float8) > floor((n - 1) * ${failShare}::float8),
        'hold_ms', ${holdMs}::int),
      ${dueFrom}::timestamptz + (n - 1) * make_interval(secs => ${apartSeconds}::float8)
    from generate_series(1, ${jobs}::int) n
  `;
  await sql`analyze public.puppet_jobs`;
}

/** How waits are spread: a `jitter_strategy` of a policy, or not at all. */
export type Jitter = 'off' | RetryConfig['jitterStrategy'];

/** The first of some failed jobs is due so long after they are made, in seconds. */
const LEAD_SECONDS = 10;

/**
 * Jobs that failed some time ago, and wait as the policy's formula says with this base delay. The
 * first is due in a moment.
 */
export async function addFailedJobs(
  sql: DatabaseClient,
  { jobs, delaySeconds, jitter }: { jobs: number; delaySeconds: number; jitter: Jitter },
): Promise<void> {
  const policy = {
    base_delay_seconds: delaySeconds,
    jitter_enabled: jitter !== 'off',
    // What is added is spread as widely as what full jitter spreads.
    max_jitter_seconds: delaySeconds,
    ...(jitter !== 'off' && { jitter_strategy: jitter }),
  };
  await sql`
    insert into public.puppet_jobs (
      user_id, job_type, status, final_status, retry_count, execution_attempts, scheduled_at,
      next_retry_at, last_attempt_at, last_execution_error, last_error_type)
    select gen_random_uuid(), c.job_type, 'queued', 'failed', 1, 1, now(),
      now() + make_interval(
        secs => ${LEAD_SECONDS}::int + d.delay_seconds - min(d.delay_seconds) over ()),
      now(), 'busy', 'rate_limit'
    from generate_series(1, ${jobs}::int) n
    cross join jsonb_populate_record(
      (select p from public.puppet_job_retry_config p where p.job_type = ${JOB_TYPE}),
      ${sql.json(policy)}) c
    -- n makes it another u for each job.
    cross join lateral puppet_private.retry_delay(
      0, c, null, random() + n * 0.0) d
  `;
  await sql`analyze public.puppet_jobs`;
}

/** Whether any job is not at its end. */
export async function areLeft(sql: DatabaseClient): Promise<boolean> {
  const [row] = await sql<{ left: boolean }[]>`
    select exists(
      select from public.puppet_jobs j
      where j.status in ('pending', 'queued', 'running')) as left
  `;
  return row?.left ?? false;
}

/** Forgets all jobs and all calls. */
export async function clear(sql: DatabaseClient): Promise<void> {
  await sql`truncate public.puppet_jobs, public.puppet_job_retry_history`;
  await sql`delete from public.puppet_tick_receipts`;
  // So that no part pays for what the one before it wrote.
  await sql`checkpoint`;
}

/** How often pg_cron ticks. */
export type Ticks = 'none' | 'as shipped' | 'each second';

export async function setTicks(sql: DatabaseClient, ticks: Ticks): Promise<void> {
  await sql`
    update cron.job
    set active = ${ticks !== 'none'},
      schedule = case ${ticks}::text
        when 'each second' then '1 second'
        else (select s.tick_schedule from puppet_private.settings s)
      end
    where jobname = 'puppet-retry-tick'`;
}
