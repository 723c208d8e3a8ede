-- fill
-- One queue and one priority: the least that it can have to look through.
truncate pgboss.job;
insert into pgboss.job (
  name, data, state, retry_limit, retry_count, retry_delay, retry_backoff, policy, start_after,
  created_on, started_on, completed_on, output)
select
  'bench', '{"to": "somebody@example.com"}',
  case when waits then 'retry' else 'completed' end::pgboss.job_state, 5, 0, 0, false, 'standard',
  case when waits then now() + interval '1 day' * (0.1 + random()) else created end,
  created, created,
  case when not waits then created end,
  case when waits then '{"message": "connection reset"}'::jsonb end
from generate_series(1::bigint, 2 * :n) n
cross join lateral (
  select n % 2 = 0 as waits, now() - interval '1 day' * (1 - n / (2.0 * :n)) as created
) kind;

-- vacuum
vacuum analyze pgboss.job_common;

-- due
update pgboss.job
set start_after = now() - interval '1 minute' * random()
where id = any (array(
  select j.id from pgboss.job j where j.state = 'retry' order by random() limit :n));

-- rest
update pgboss.job
set state = 'retry', heartbeat_on = null, start_after = now() + interval '1 day' * (0.1 + random())
where state = 'active' or (state < 'active' and start_after <= now());

-- add
insert into pgboss.job (
  name, data, retry_limit, retry_delay, retry_backoff, policy, start_after, created_on)
select 'bench', '{"to": "somebody@example.com"}', 5, 0, false, 'standard',
  now() - interval '1 minute' * (10 - 8.0 * n / :n), now() - interval '1 day' * random()
from generate_series(1, :n) n;

-- unclaimed
insert into pgboss.job (
  name, data, retry_limit, retry_delay, retry_backoff, policy, start_after, created_on)
select 'other', '{"to": "somebody@example.com"}', 5, 0, false, 'standard',
  created, created
from generate_series(1::bigint, :n)
cross join lateral (select now() - interval '1 hour' * (1 + random()) as created) j;

-- empty
truncate pgboss.job;
