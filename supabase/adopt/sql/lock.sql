-- From here on nobody writes to an old table; readers go on until it moves.

do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid
    from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relkind = 'r'
      and c.relname in (select n.name from puppet_before_adoption.names n)
      -- Who may not lock it is told so by name, next.
      and pg_has_role(current_user, c.relowner, 'usage')
    order by c.relname
  loop
    execute format('lock table %s in share row exclusive mode', v_table);
  end loop;
end
$$;
