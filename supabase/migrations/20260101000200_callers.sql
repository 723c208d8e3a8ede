-- Who is calling: the one home of the difference between the service, an owner and an admin.

create function puppet_private.caller_is_service()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  -- A security definer function keeps the `role` setting of its caller; `none` is a plain login.
  v_role constant text := coalesce(nullif(current_setting('role', true), 'none'), session_user);
begin
  return v_role in ('service_role', 'postgres')
    or exists (select from pg_catalog.pg_roles r where r.rolname = v_role and r.rolsuper);
end
$$;

comment on function puppet_private.caller_is_service() is
  'True for service_role, postgres and superusers; everybody else acts for auth.uid() alone.';
revoke execute on function puppet_private.caller_is_service() from public;

create function puppet_private.caller_may_touch(p_user_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return puppet_private.caller_is_service() or p_user_id is not distinct from auth.uid();
end
$$;

comment on function puppet_private.caller_may_touch(uuid) is
  'True where the caller may act on the rows of this owner.';
revoke execute on function puppet_private.caller_may_touch(uuid) from public;

create function puppet_private.caller_is_admin()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((auth.jwt() -> 'app_metadata' -> 'puppet_admin') = 'true', false);
end
$$;

comment on function puppet_private.caller_is_admin() is
  'True where the JWT''s app_metadata, which users cannot change, says puppet_admin.';
revoke execute on function puppet_private.caller_is_admin() from public;

create function puppet_private.only_rows_of()
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
  if puppet_private.caller_is_service() then
    return null;
  end if;
  return coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000');
end
$$;

comment on function puppet_private.only_rows_of() is
  'The user whose rows alone the caller may see; null for the service, which sees all.';
revoke execute on function puppet_private.only_rows_of() from public;
