-- The extensions and the private schema that every later chapter stands on.

create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_net with schema extensions;
create extension if not exists supabase_vault with schema vault;
create extension if not exists pg_cron with schema pg_catalog;

create schema puppet_private;

comment on schema puppet_private is
  'Puppet Retry''s inside: settings and helpers that nobody calls from outside.';
