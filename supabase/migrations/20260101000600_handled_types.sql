-- Which job types somebody can run: only these are claimed by default and ticked for.

create table public.puppet_handled_types (
  job_type text not null
    constraint job_type_is_1_to_100_characters
      check (btrim(job_type) <> '' and char_length(job_type) <= 100),
  source text not null
    constraint source_is_known check (source in ('handler', 'endpoint')),
  last_seen_at timestamptz not null default now(),
  primary key (job_type, source)
);

comment on table public.puppet_handled_types is
  'What can be run: by a handler (processors refresh their rows once per run) or by an endpoint '
  '(follows the policies'' endpoint_url).';

create function puppet_private.follow_endpoints()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.puppet_handled_types h
  where h.source = 'endpoint'
    and not exists (
      select from public.puppet_job_retry_config c
      where c.job_type = h.job_type
        and c.endpoint_url is not null);
  insert into public.puppet_handled_types (job_type, source)
  select c.job_type, 'endpoint'
  from public.puppet_job_retry_config c
  where c.endpoint_url is not null
  on conflict do nothing;
  return null;
end
$$;

comment on function puppet_private.follow_endpoints() is
  'Keeps the endpoint rows equal to the policies that have an endpoint_url.';
revoke execute on function puppet_private.follow_endpoints() from public;

create trigger follow_endpoints
  after insert or delete or update of endpoint_url, job_type on public.puppet_job_retry_config
  for each statement execute function puppet_private.follow_endpoints();

create function public.register_handled_types(
  p_job_types text[],
  p_project_url text default null,
  p_schema_version int default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.puppet_handled_types as h (job_type, source, last_seen_at)
  -- In order, since executors that start together would deadlock.
  select t.job_type, 'handler', clock_timestamp()
  from (select distinct u.job_type from unnest(p_job_types) u (job_type)) t
  order by t.job_type
  on conflict (job_type, source) do update
  set last_seen_at = excluded.last_seen_at;
  -- A run that a tick woke while jobs of the type were due did not bring it: this handler was taken
  -- away. One that merely had nothing to do stays: ticks wake its executor only while it is here.
  delete from public.puppet_handled_types h
  where h.source = 'handler'
    and h.last_seen_at < clock_timestamp() - interval '1 hour'
    and exists (
      select from public.puppet_tick_receipts r
      where r.finished_at is not null
        and r.created_at > greatest(
          h.last_seen_at,
          coalesce(puppet_private.oldest_due(h.job_type, clock_timestamp()), 'infinity')));
  return jsonb_build_object(
    'schema_version', puppet_private.note_processor(p_project_url, p_schema_version),
    'job_types', to_jsonb(array(
      select distinct h.job_type
      from public.puppet_handled_types h
      where h.source = 'endpoint'
        or h.job_type = any (p_job_types)
      order by h.job_type)));
end
$$;

comment on function public.register_handled_types(text[], text, int) is
  'Called by each executor once per run with the job types that it has handlers for, its project and '
  'the schema version of its code; answers { schema_version, job_types: all that it can run: those, '
  'and the types that have an endpoint }.';
revoke execute on function public.register_handled_types(text[], text, int)
  from public, anon, authenticated;
grant execute on function public.register_handled_types(text[], text, int) to service_role;
