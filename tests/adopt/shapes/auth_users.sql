-- What the local platform has none of: the table of users, as much of it as foreign keys need.

create table if not exists auth.users (id uuid primary key);
grant references, select, insert, delete on auth.users to postgres;
insert into auth.users
values ('00000000-0000-4000-9000-000000000001'), ('00000000-0000-4000-9000-000000000002')
on conflict do nothing;
