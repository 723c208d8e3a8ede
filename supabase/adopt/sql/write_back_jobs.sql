-- Into the old table go the jobs that changed or were made since; out of it, those deleted since.

create table puppet_before_adoption.words_back (
  status text not null,
  rank int not null,
  word text not null
);

-- The first that the old status type knows.
insert into puppet_before_adoption.words_back
values
  ('pending', 1, 'pending'), ('pending', 2, 'queued'),
  ('queued', 1, 'queued'), ('queued', 2, 'pending'),
  -- Nobody of the older design holds it, so it runs again.
  ('running', 1, 'queued'), ('running', 2, 'pending'),
  ('completed', 1, 'completed'),
  ('permanently_failed', 1, 'permanently_failed'), ('permanently_failed', 2, 'failed'),
  ('cancelled', 1, 'cancelled'), ('cancelled', 2, 'permanently_failed'), ('cancelled', 3, 'failed');

delete from puppet_before_adoption.words_back w
where exists (
    select
    from pg_enum e
    join puppet_before_adoption.adoption a on a.status_type = e.enumtypid)
  and w.word not in (
    select e.enumlabel
    from pg_enum e
    join puppet_before_adoption.adoption a on a.status_type = e.enumtypid);

create view puppet_before_adoption.jobs_now as
select j.*, o.old_status,
  case
    when w.old_status is not null then w.old_status
    else (
      select b.word
      from puppet_before_adoption.words_back b
      where b.status = j.status
      order by b.rank
      limit 1)
  end as word,
  o.id is null as is_new,
  j.updated_at is distinct from o.updated_at as has_changed
from public.puppet_jobs j
left join puppet_before_adoption.old_jobs o on o.id = j.id
-- A job that stands where its old word stands keeps the word, unless the word says that it runs.
left join puppet_private.old_words w
  on w.old_status = o.old_status
  and w.old_status not in ('running', 'in_progress')
  and w.status = j.status
  and w.final_status is not distinct from j.final_status;

create table puppet_before_adoption.triggers_off as
select t.tgname as name
from pg_trigger t
where t.tgrelid = 'puppet_before_adoption.puppet_jobs'::regclass
  and not t.tgisinternal
  and t.tgenabled = 'O';

do $$
declare
  v_trigger name;
begin
  for v_trigger in select t.name from puppet_before_adoption.triggers_off t
  loop
    execute format('alter table puppet_before_adoption.puppet_jobs disable trigger %I', v_trigger);
  end loop;
end
$$;

create view puppet_before_adoption.columns_back as
select o.relation, o.name, o.place, o.type, o.is_required, o.is_identity, o.default_value,
  case
    when o.relation = 'puppet_jobs' and o.name = 'status' then format('(n.word)::%s', o.type)
    when o.relation = 'puppet_jobs' and o.is_kept and o.name in ('linkedin_profile_url', 'message')
      then format('coalesce(n.%1$I, (n.job_config ->> %1$L)::%2$s)', o.name, o.type)
    when format_type(a.atttypid, a.atttypmod) = o.type then format('n.%I', o.name)
    else format('(n.%I)::text::%s', o.name, o.type)
  end as value
from puppet_before_adoption.old_columns o
join pg_attribute a
  on a.attrelid = format('public.%I', o.relation)::regclass
  and a.attname = o.name
  and not a.attisdropped
where o.generated_as is null;

do $$
declare
  v_count bigint;
begin
  -- A deleted job took its attempts along; an old foreign key may insist on it.
  if to_regclass('puppet_before_adoption.puppet_job_retry_history') is not null then
    delete from puppet_before_adoption.puppet_job_retry_history h
    using puppet_before_adoption.puppet_jobs o
    where o.id = h.job_id
      and not exists (select from public.puppet_jobs j where j.id = o.id);
  end if;

  delete from puppet_before_adoption.puppet_jobs o
  where not exists (select from public.puppet_jobs j where j.id = o.id);
  get diagnostics v_count = row_count;
  insert into puppet_before_adoption.report (kind, says)
  select 'changed', format('%s jobs that were deleted since are deleted', v_count)
  where v_count > 0;

  execute (
    select format('update puppet_before_adoption.puppet_jobs o set %s '
        'from puppet_before_adoption.jobs_now n where n.id = o.id and n.has_changed',
      string_agg(
        format(
          case when c.is_required then '%1$I = coalesce(%2$s, o.%1$I)' else '%1$I = %2$s' end,
          c.name, c.value),
        ', ' order by c.place))
    from puppet_before_adoption.columns_back c
    where c.relation = 'puppet_jobs' and c.name <> 'id' and not c.is_identity);
  get diagnostics v_count = row_count;
  insert into puppet_before_adoption.report (kind, says)
  values ('changed', format('%s jobs have changed since, and are written back', v_count));

  execute (
    select format('insert into puppet_before_adoption.puppet_jobs (%s) overriding system value '
        'select %s from puppet_before_adoption.jobs_now n where n.is_new%s',
      string_agg(format('%I', c.name), ', ' order by c.place),
      string_agg(format('coalesce(%s, %s)', c.value, coalesce(c.default_value, 'null')), ', '
        order by c.place),
      string_agg(format(' and coalesce(%s, %s) is not null', c.value,
        coalesce(c.default_value, 'null')), '') filter (where c.is_required))
    from puppet_before_adoption.columns_back c
    where c.relation = 'puppet_jobs');
  get diagnostics v_count = row_count;
  insert into puppet_before_adoption.report (kind, says)
  values ('changed', format('%s jobs were made since, and are written back', v_count));
end
$$;

insert into puppet_before_adoption.report (kind, says)
select 'mind', format('%s jobs of type %s lack what the old table requires: they are only in '
    'puppet_after_adoption.puppet_jobs', count(*), j.job_type)
from public.puppet_jobs j
where not exists (select from puppet_before_adoption.puppet_jobs o where o.id = j.id)
group by j.job_type
order by j.job_type;

do $$
declare
  v_trigger name;
begin
  for v_trigger in select t.name from puppet_before_adoption.triggers_off t
  loop
    execute format('alter table puppet_before_adoption.puppet_jobs enable trigger %I', v_trigger);
  end loop;
end
$$;
