-- One way to copy the tables: what a view says of our columns, and the old columns as they are.

create function puppet_before_adoption.within(p_value text, p_low numeric, p_high numeric)
returns numeric
language sql
immutable
as $$
  select case when p_value is not null then least(greatest(p_value::numeric, p_low), p_high) end
$$;

comment on function puppet_before_adoption.within(text, numeric, numeric) is
  'The nearest number between the two; null stays null.';

create function puppet_before_adoption.copy_rows(p_relation text, p_view text)
returns bigint
language plpgsql
as $$
declare
  v_ours text[] := array(
    select a.attname
    from pg_catalog.pg_attribute a
    where a.attrelid = format('puppet_before_adoption.%I', p_view)::regclass
      and a.attnum > 0
      and a.attname <> 'old_place'
    order by a.attnum);
  v_kept text[] := array(
    select o.name
    from puppet_before_adoption.old_columns o
    where o.relation = p_relation and o.is_kept and o.generated_as is null
    order by o.place);
  v_count bigint;
begin
  execute format(
    'insert into public.%1$I (%2$s) select %3$s '
    'from puppet_before_adoption.%4$I v join puppet_before_adoption.%1$I o on o.ctid = v.old_place',
    p_relation,
    (select string_agg(format('%I', c), ', ') from unnest(v_ours || v_kept) c),
    (
      select string_agg(c, ', ')
      from (
        select format('v.%I', ours) from unnest(v_ours) ours
        union all
        select format('o.%I', kept) from unnest(v_kept) kept
      ) columns (c)
    ),
    p_view);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

create function puppet_before_adoption.count_on(p_schema text)
returns void
language plpgsql
as $$
declare
  v_column puppet_before_adoption.old_columns;
begin
  for v_column in
    select * from puppet_before_adoption.old_columns o where o.is_identity and o.is_kept
  loop
    execute format('select setval(pg_get_serial_sequence(%1$L, %2$L), max(%2$I)) from %1$s '
        'having max(%2$I) is not null',
      format('%I.%I', p_schema, v_column.relation), v_column.name);
  end loop;
end
$$;

comment on function puppet_before_adoption.count_on(text) is
  'Lets the identity columns of the tables in a schema go on behind the greatest number there.';
