-- fill
truncate bench_floor.jobs, bench_floor.history;
insert into bench_floor.jobs (payload, status, attempts, due_at, last_error)
select '{"to": "somebody@example.com"}', case when waits then 'pending' else 'completed' end, 1,
  now() + interval '1 day' * (0.1 + random()), 'connection reset'
from generate_series(1::bigint, 2 * :n) n
cross join lateral (select n % 2 = 0 as waits) kind;

-- vacuum
vacuum analyze bench_floor.jobs;

-- due
update bench_floor.jobs
set due_at = now() - interval '1 minute' * random()
where id = any (array(
  select j.id from bench_floor.jobs j where j.status = 'pending' order by random() limit :n));

-- rest
update bench_floor.jobs
set status = 'pending', due_at = now() + interval '1 day' * (0.1 + random())
where status = 'running' or (status = 'pending' and due_at <= now());

-- add
insert into bench_floor.jobs (payload, due_at)
select '{"to": "somebody@example.com"}', now() - interval '1 minute' * (10 - 8.0 * n / :n)
from generate_series(1, :n) n;

-- empty
truncate bench_floor.jobs, bench_floor.history;
