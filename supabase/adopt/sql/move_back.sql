-- The old tables, views and functions get their names back.

do $$
declare
  v_moved record;
begin
  for v_moved in
    -- Functions last: their signature may name the type of a table.
    select m.kind, m.signature
    from puppet_before_adoption.moved m
    order by m.kind = 'function', m.place
  loop
    execute format('alter %s puppet_before_adoption.%s set schema public',
      v_moved.kind, v_moved.signature);
    insert into puppet_before_adoption.report (kind, says)
    values ('changed', format('%s public.%s is back', v_moved.kind, v_moved.signature));
  end loop;
end
$$;
