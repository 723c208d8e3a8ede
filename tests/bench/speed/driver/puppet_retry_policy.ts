/** The job type and the owner of all jobs of the bench. */
export const TYPE = 'bench';
export const USER = '00000000-0000-4000-8000-0000000000b1';

/** A policy whose retries are due at once; everything else is as shipped. */
export const POLICY = `
  insert into public.puppet_job_retry_config
    (job_type, base_delay_seconds, delay_schedule_seconds, jitter_enabled)
  values ('${TYPE}', 1, '{0}', false)
  on conflict (job_type) do nothing`;
