-- parked
insert into graphile_worker._private_jobs (task_id, payload, run_at, attempts, last_error)
select t.id, '{"to": "somebody@example.com"}', now() + interval '1 day' * (0.1 + random()), 1,
  'connection reset'
from generate_series(1::bigint, :n) n
join graphile_worker._private_tasks t on t.identifier = 'bench';

-- unclaimed
insert into graphile_worker._private_tasks (identifier) values ('other') on conflict do nothing;
insert into graphile_worker._private_jobs (task_id, payload, run_at)
select t.id, '{"to": "somebody@example.com"}', now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n)
join graphile_worker._private_tasks t on t.identifier = 'other';
