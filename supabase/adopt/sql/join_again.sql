-- Makes anew, on the tables that now have the names, what hung on those that had them before.

-- Bodies are checked, and their authors had these names at hand.
set local check_function_bodies = on;
set local search_path = public, extensions;

do $$
declare
  v_connection puppet_before_adoption.connections;
begin
  for v_connection in
    select * from puppet_before_adoption.connections c order by c.rank, c.name
  loop
    begin
      execute v_connection.join_again;
    exception when others then
      raise exception using
        errcode = sqlstate,
        message = format('The %s %s does not fit the exchanged tables: %s', v_connection.kind,
          v_connection.name, sqlerrm),
        detail = v_connection.join_again,
        hint = 'Change it or drop it first, and make it anew afterwards. Nothing was changed.';
    end;
    insert into puppet_before_adoption.report (kind, says)
    values ('changed', format('%s %s is made anew on the table that now has the name',
      v_connection.kind, v_connection.name));
  end loop;
end
$$;
