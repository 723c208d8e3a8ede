-- :count more jobs, all due, of a type that nobody claims.

insert into public.puppet_jobs (id, user_id, job_type, priority, scheduled_at)
select
  (lpad(to_hex((:jobs + n) * 1000), 8, '0') || '-0000-4000-8000-000000000000')::uuid,
  '00000000-0000-4000-8000-ffffffffffff', 'unclaimed', 1 + n % 10, now() - interval '1 hour'
from generate_series(1::bigint, :count) n;
