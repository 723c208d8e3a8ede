-- fill
-- One task and one priority: the least that it can have to look through. Nothing that has finished:
-- it deletes what completes.
truncate graphile_worker._private_jobs;
insert into graphile_worker._private_jobs (task_id, payload, run_at, attempts, last_error)
select t.id, '{"to": "somebody@example.com"}', now() + interval '1 day' * (0.1 + random()), 1,
  'connection reset'
from generate_series(1::bigint, :n) n
join graphile_worker._private_tasks t on t.identifier = 'bench';

-- vacuum
vacuum analyze graphile_worker._private_jobs;

-- due
update graphile_worker._private_jobs
set run_at = now() - interval '1 minute' * random()
where id = any (array(
  select j.id from graphile_worker._private_jobs j where j.is_available order by random() limit :n));

-- rest
update graphile_worker._private_jobs
set locked_by = null, locked_at = null, attempts = 1,
  run_at = now() + interval '1 day' * (0.1 + random())
where locked_at is not null or run_at <= now();

-- add
insert into graphile_worker._private_jobs (task_id, payload, run_at)
select t.id, '{"to": "somebody@example.com"}', now() - interval '1 minute' * (10 - 8.0 * n / :n)
from generate_series(1, :n) n
join graphile_worker._private_tasks t on t.identifier = 'bench';

-- unclaimed
insert into graphile_worker._private_jobs (task_id, payload, run_at)
select t.id, '{"to": "somebody@example.com"}', now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n)
join graphile_worker._private_tasks t on t.identifier = 'other';

-- empty
truncate graphile_worker._private_jobs;
