-- The least that a project has: the extensions that ours needs, a table, and a function that tells who calls.

create extension if not exists pg_net with schema extensions;
create extension if not exists supabase_vault with schema vault;
create extension if not exists pg_cron with schema pg_catalog;

create table public.notes (
  id bigint generated always as identity primary key,
  note text not null
);

create function public.who_calls() returns jsonb
language sql
as $$
  select jsonb_build_object('role', current_user, 'claim', auth.role(), 'user', auth.uid())
$$;

revoke execute on function public.who_calls() from public;
grant execute on function public.who_calls() to anon, authenticated, service_role;
