import type { FloorStatements } from './floor.ts';

const DUE = `
  select id from bench_contract.jobs
  where status in ('pending', 'queued') and job_type = 'bench' and priority = 5
    and coalesce(next_retry_at, scheduled_at) <= now()
  order by coalesce(next_retry_at, scheduled_at)
  limit $LIMIT
  for update skip locked`;
const CLAIM = `
  update bench_contract.jobs
  set status = 'running', attempts = attempts + 1, lease_token = gen_random_uuid(),
    claim_token = gen_random_uuid(), executing_by = 'bench',
    lease_ends_at = now() + interval '45 s', updated_at = now()
  where id = any(array(${DUE}))
  returning id, payload, lease_token, attempts, retry_count`;
const COMPLETE = `
  update bench_contract.jobs
  set status = 'completed', final_status = 'completed', completed_at = now(), next_retry_at = null,
    lease_ends_at = null, executing_by = null, updated_at = now()
  where id = any($1::uuid[]) and status = 'running'
  returning id, user_id, job_type, attempts`;
const FAIL = `
  update bench_contract.jobs
  set status = 'queued', final_status = 'failed', next_retry_at = now(),
    retry_count = retry_count + 1, last_error = 'connection reset', lease_ends_at = null,
    executing_by = null, updated_at = now()
  where id = any($IDS::uuid[]) and status = 'running'
  returning id, user_id, job_type, attempts`;
// A retry that succeeds leaves a row as well.
const LOG = `
  insert into bench_contract.history (job_id, user_id, job_type, attempt, success, error)
  select id, user_id, job_type, attempts, false, 'connection reset' from failed`;
const LOG_COMPLETED = `
  insert into bench_contract.history (job_id, user_id, job_type, attempt, success)
  select id, user_id, job_type, attempts, true from completed where attempts > 1`;

export const contractFloor: FloorStatements = {
  file: 'contract_floor.sql',
  tables: ['bench_contract.jobs', 'bench_contract.history'],
  enqueue: `
    insert into bench_contract.jobs (user_id, job_type, payload)
    select '00000000-0000-4000-8000-0000000000b1', 'bench', p from unnest($1::jsonb[]) p`,
  claim: CLAIM.replace('$LIMIT', '$1'),
  complete: `with completed as (${COMPLETE}) ${LOG_COMPLETED}`,
  fail: `with failed as (${FAIL.replace('$IDS', '$1')}) ${LOG}`,
  settleAndClaim: `
    with completed as (${COMPLETE}), failed as (${FAIL.replace('$IDS', '$2')}),
      logged as (${LOG}), logged_completed as (${LOG_COMPLETED})
    ${CLAIM.replace('$LIMIT', '$3')}`,
};
