-- parked
insert into bench_floor.jobs (payload, attempts, due_at, last_error)
select '{"to": "somebody@example.com"}', 1, now() + interval '1 day' * (0.1 + random()),
  'connection reset'
from generate_series(1::bigint, :n) n;
