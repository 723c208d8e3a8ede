-- Attempts since the adoption go into the old history, where there is one that can hold them.

do $$
declare
  v_count bigint;
begin
  if to_regclass('puppet_before_adoption.puppet_job_retry_history') is null then
    return;
  end if;
  if (
    select o.type
    from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_job_retry_history' and o.name = 'id') is distinct from 'uuid'
  then
    insert into puppet_before_adoption.report (kind, says)
    values ('mind', 'attempts since the adoption are only in '
      'puppet_after_adoption.puppet_job_retry_history: the old ids are of another type');
    return;
  end if;
  execute (
    select format('insert into puppet_before_adoption.puppet_job_retry_history (%s) '
        'overriding system value select %s from public.puppet_job_retry_history n '
        'where not exists (select from puppet_before_adoption.puppet_job_retry_history o '
        'where o.id = n.id) and exists (select from puppet_before_adoption.puppet_jobs j '
        'where j.id = n.job_id)',
      string_agg(format('%I', c.name), ', ' order by c.place),
      string_agg(format('coalesce(%s, %s)', c.value, coalesce(c.default_value, 'null')), ', '
        order by c.place))
    from puppet_before_adoption.columns_back c
    where c.relation = 'puppet_job_retry_history');
  get diagnostics v_count = row_count;
  insert into puppet_before_adoption.report (kind, says)
  values ('changed', format('%s attempts since are written back', v_count));
end
$$;

select puppet_before_adoption.count_on('puppet_before_adoption');
