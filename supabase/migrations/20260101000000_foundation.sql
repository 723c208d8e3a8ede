-- The extensions, the private schema and the ids that every later chapter stands on.

create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_net with schema extensions;
create extension if not exists supabase_vault with schema vault;
create extension if not exists pg_cron with schema pg_catalog;

create schema puppet_private;

comment on schema puppet_private is
  'Puppet Retry''s inside: settings and helpers that nobody calls from outside.';

create function puppet_private.uuid_v7()
returns uuid
language sql
volatile
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  -- A random uuid whose first 48 bits are the milliseconds since 1970, and its version 7, not 4.
  select encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          placing substring(
            int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint) from 3)
          from 1),
        52, 1),
      53, 1),
    'hex')::uuid
$$;

comment on function puppet_private.uuid_v7() is
  'A new uuid of version 7 (RFC 9562), ordered by time: indexes over ids grow at their end, where '
  'random ones are written all over and outgrow the caches.';
revoke execute on function puppet_private.uuid_v7() from public;
grant execute on function puppet_private.uuid_v7() to authenticated, service_role;
