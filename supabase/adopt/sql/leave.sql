-- Cuts what hangs on the tables: policies and views first, each before what it reads.

do $$
declare
  v_connection puppet_before_adoption.connections;
begin
  for v_connection in
    select * from puppet_before_adoption.connections c order by c.rank desc, c.name
  loop
    begin
      execute v_connection.leave;
    exception
      when undefined_object or undefined_table then
        -- It was taken away since it was noted; there is nothing to cut.
        null;
      when dependent_objects_still_exist then
        raise exception using
          errcode = '2BP01',
          message = format('The %s %s cannot be made anew, since something else depends on it',
            v_connection.kind, v_connection.name),
          detail = sqlerrm,
          hint = 'Drop what depends on it first, and make it anew afterwards.';
    end;
  end loop;
end
$$;
