-- What the lists that are read page by page have in common.

create function puppet_private.rows_looked_at()
returns int
language sql
immutable
set search_path = ''
as $$
  select 5000
$$;

comment on function puppet_private.rows_looked_at() is
  'How many rows one page of a list looks at, at most.';
revoke execute on function puppet_private.rows_looked_at() from public;

create function puppet_private.check_page(p_limit int)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot list: p_limit must be 1 to 1000: it is %s', p_limit),
      hint = 'Ask for at most 1000 rows, and with next for the rows behind them.';
  end if;
end
$$;

comment on function puppet_private.check_page(int) is 'Raises PT400 for a page of no sense.';
revoke execute on function puppet_private.check_page(int) from public;
