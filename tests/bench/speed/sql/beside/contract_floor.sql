-- parked
with parked as (
  insert into bench_contract.jobs (
    user_id, job_type, payload, status, final_status, attempts, retry_count, next_retry_at,
    last_error)
  select
    ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
    'bench', '{"to": "somebody@example.com"}', 'queued', 'failed', 1, 1,
    now() + interval '1 day' * (0.1 + random()), 'connection reset'
  from generate_series(1::bigint, :n) n
  returning id, user_id
)
insert into bench_contract.history (job_id, user_id, job_type, attempt, success, error)
select p.id, p.user_id, 'bench', 1, false, 'connection reset' from parked p;

-- unclaimed
insert into bench_contract.jobs (user_id, job_type, payload, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'other', '{"to": "somebody@example.com"}',
  now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n);
