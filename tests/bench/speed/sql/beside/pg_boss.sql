-- parked
-- Older than the jobs of the pass, as retries are: it fetches in the order of created_on.
insert into pgboss.job (
  name, data, state, retry_limit, retry_count, retry_delay, retry_backoff, policy, start_after,
  created_on, started_on, output)
select
  'bench', '{"to": "somebody@example.com"}', 'retry', 5, 0, 0, false, 'standard',
  now() + interval '1 day' * (0.1 + random()), created, created,
  '{"message": "connection reset"}'
from generate_series(1::bigint, :n)
cross join lateral (select now() - interval '1 day' * random() as created) j;

-- unclaimed
select pgboss.create_queue('other', '{"policy": "standard"}');
insert into pgboss.job (
  name, data, retry_limit, retry_delay, retry_backoff, policy, start_after, created_on)
select 'other', '{"to": "somebody@example.com"}', 5, 0, false, 'standard',
  created, created
from generate_series(1::bigint, :n)
cross join lateral (select now() - interval '1 hour' * (1 + random()) as created) j;
