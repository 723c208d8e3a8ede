-- Rows that no rule can place: only their owner knows what they mean.

insert into puppet_before_adoption.report (kind, says)
select 'refused', r.says
from (
  select format('%s jobs have status ''%s'', which has no counterpart: give them one of %s first',
      count(*), j.status,
      (select string_agg(w.old_status, ', ' order by w.old_status)
        from puppet_private.old_words w))
  from puppet_before_adoption.puppet_jobs j
  where j.status is not null
    and j.status::text not in (select w.old_status from puppet_private.old_words w)
  group by j.status
  union all
  select format('%s jobs have no %s: give them one, or delete them, first', m.count, m.name)
  from (
    select count(*) filter (where j.id is null), count(*) filter (where j.user_id is null),
      count(*) filter (where j.status is null)
    from puppet_before_adoption.puppet_jobs j
  ) n (ids, owners, states)
  cross join lateral (
    values (n.ids, 'id'), (n.owners, 'user_id'), (n.states, 'status')
  ) m (count, name)
  where m.count > 0
  union all
  select format('%s jobs share their id with another: ids must be unique', count(*) - count(distinct j.id))
  from puppet_before_adoption.puppet_jobs j
  having count(*) > count(distinct j.id)
  union all
  select format('%s jobs have a message of more than 250 kB, too much for a job_config: shorten it first',
      count(*))
  from puppet_before_adoption.puppet_jobs j
  where octet_length(to_jsonb(j) ->> 'message') > 250000
  having count(*) > 0
  union all
  select format('%s jobs have a %s before the year 2000 or after 9999: mend it first', count(*), t.name)
  from puppet_before_adoption.puppet_jobs j
  cross join lateral jsonb_each_text(to_jsonb(j)) t (name, value)
  where t.name in (
      'scheduled_at', 'next_retry_at', 'last_attempt_at', 'deadline_at', 'completed_at',
      'created_at', 'updated_at')
    and t.value::timestamptz not between '2000-01-01' and '9999-12-31'
  group by t.name
) r (says);
