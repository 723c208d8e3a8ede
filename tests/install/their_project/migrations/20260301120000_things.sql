create schema billing;
grant usage on schema billing to authenticated;

alter default privileges in schema billing grant select on tables to authenticated;
alter default privileges in schema public grant select on tables to anon, authenticated;
alter default privileges in schema public grant execute on functions to anon;

create table billing.invoices (id int primary key, owner uuid);

create table public.things (
  id int primary key,
  owner uuid not null,
  name text not null
);
alter table public.things enable row level security;
grant insert, update (name) on public.things to authenticated;
grant all on public.things to service_role;

create policy owners_see_their_things
  on public.things for select to authenticated
  using (owner = (select auth.uid()));

insert into public.things
select n, '00000000-0000-0000-0000-000000000001', 'thing ' || n from generate_series(1, 3) n;
