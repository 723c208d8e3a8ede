-- Indexes that old code needs: unique ones, for its ON CONFLICT, and those over its own columns.

do $$
declare
  v_index record;
begin
  for v_index in
    select i.indexrelid::regclass::text as name, i.indisunique, k.conname, k.contype,
      i.indrelid::regclass::text as old_table,
      pg_get_constraintdef(k.oid) as constraint_text, c.relname,
      replace(pg_get_indexdef(i.indexrelid), ' ON puppet_before_adoption.', ' ON public.') as text
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('u', 'x')
    where c.relnamespace = 'puppet_before_adoption'::regnamespace
      and c.relname in ('puppet_jobs', 'puppet_job_retry_history', 'puppet_job_retry_config')
      and not i.indisprimary
      and (
        (i.indisunique and c.relname <> 'puppet_job_retry_config')
        or exists (
          select
          from pg_attribute a
          join puppet_before_adoption.old_columns o
            on o.relation = c.relname and o.name = a.attname and o.is_kept
          where a.attrelid = c.oid and a.attnum = any (i.indkey)))
    order by i.indexrelid
  loop
    begin
      if v_index.conname is not null then
        execute format('alter table public.%I add constraint %I %s', v_index.relname,
          v_index.conname, v_index.constraint_text);
      else
        execute v_index.text;
      end if;
    exception when others then
      insert into puppet_before_adoption.report (kind, says)
      values ('mind', format('the %s %s could not be made on the new table: %s',
        case when v_index.indisunique then 'unique index' else 'index' end, v_index.name, sqlerrm));
    end;
  end loop;
end
$$;
