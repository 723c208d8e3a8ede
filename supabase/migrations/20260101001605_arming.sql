-- Arming: ticks call only from the database that they were armed in. A restored or cloned one has
-- the same jobs and secrets, and would do again what was done.

create function puppet_private.origin_of(p_url text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(
    regexp_replace(u.origin, '^(https://.*):443$', '\1'), '^(http://.*):80$', '\1')
  from (
    select lower(substring(
      p_url from
      '(?i)^(https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?)(?:[/?#]|$)'))
  ) u (origin)
$$;

comment on function puppet_private.origin_of(text) is
  'Scheme, host and port (none where it is the scheme''s own) of an http or https URL, in lower '
  'case; null for anything else, a URL with a user name among it.';
revoke execute on function puppet_private.origin_of(text) from public;

create function puppet_private.database_fingerprint()
returns text
language sql
stable
set search_path = ''
as $$
  select concat_ws('-', s.system_identifier, c.timeline_id, d.oid)
  from pg_catalog.pg_control_system() s
  cross join pg_catalog.pg_control_checkpoint() c
  join pg_catalog.pg_database d on d.datname = current_database()
$$;

comment on function puppet_private.database_fingerprint() is
  'What a restore or a clone changes: the cluster''s identifier, its timeline, the database''s oid.';
revoke execute on function puppet_private.database_fingerprint() from public;

create function puppet_private.why_disarmed()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_settings puppet_private.settings;
  v_url text;
  v_origin text;
begin
  select s.* into v_settings from puppet_private.settings s;
  if v_settings.armed_for is null then
    return 'disarmed: nobody armed the ticks yet; to arm them: '
      'select arm_ticks(''https://<project>.supabase.co'')';
  end if;
  if v_settings.armed_fingerprint is distinct from puppet_private.database_fingerprint() then
    return format(
      'disarmed: this database was restored or cloned or failed over since it was armed for %1$s; '
      'to arm it, with the URL of its own project: select arm_ticks(%1$L)', v_settings.armed_for);
  end if;
  -- Where there is no URL the call is tried, and its receipt says what is missing.
  v_url := puppet_private.vault_secret('puppet_processor_url');
  v_origin := puppet_private.origin_of(v_url);
  if v_url is not null and v_origin is null then
    return format(
      'disarmed: puppet_processor_url in Vault is not the URL of a processor; to replace it: '
      'select arm_ticks(%L)', v_settings.armed_for);
  end if;
  if v_origin <> v_settings.armed_for then
    return format(
      'disarmed: the ticks are armed for %s, and puppet_processor_url is at %s; to arm them: '
      'select arm_ticks(%L)', v_settings.armed_for, v_origin, v_origin);
  end if;
  return null;
end
$$;

comment on function puppet_private.why_disarmed() is
  'Why ticks call no processor, and how to arm them; null where they do.';
revoke execute on function puppet_private.why_disarmed() from public;

create function puppet_private.why_no_calls()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return puppet_private.why_disarmed();
exception when others then
  -- A fault calls nobody, and undoes nothing of what the asking tick did.
  return format('disarmed: whether the ticks may call cannot be told: %s', sqlerrm);
end
$$;

comment on function puppet_private.why_no_calls() is
  'As why_disarmed(), and in words too where that fails: it never raises.';
revoke execute on function puppet_private.why_no_calls() from public;

create function puppet_private.keep_secret(p_name text, p_value text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_id constant uuid := (
    select s.id from vault.secrets s where s.name = p_name order by s.created_at desc limit 1);
begin
  if v_id is null then
    perform vault.create_secret(p_value, p_name);
  else
    perform vault.update_secret(v_id, p_value);
  end if;
end
$$;

comment on function puppet_private.keep_secret(text, text) is 'Creates or replaces a Vault secret.';
revoke execute on function puppet_private.keep_secret(text, text) from public;

create function public.arm_ticks(p_project_url text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_origin constant text := puppet_private.origin_of(btrim(p_project_url));
begin
  if v_origin is null then
    raise exception using
      errcode = 'PT422',
      -- Not repeated, since it may hold a password.
      message = 'Cannot arm the ticks: ''p_project_url'' is not the URL of a project: it must be '
        'http or https, a host, and no user name',
      hint = 'select arm_ticks(''https://<project>.supabase.co'');';
  end if;
  -- A URL of this project stays as it is: it may have a path of its own.
  if puppet_private.origin_of(puppet_private.vault_secret('puppet_processor_url'))
    is distinct from v_origin
  then
    perform puppet_private.keep_secret('puppet_processor_url', v_origin || '/functions/v1/processor');
  end if;
  if puppet_private.vault_secret('puppet_processor_secret') is null then
    perform puppet_private.keep_secret(
      'puppet_processor_secret', encode(extensions.gen_random_bytes(32), 'hex'));
  end if;
  update puppet_private.settings s
  set armed_for = v_origin,
    armed_fingerprint = puppet_private.database_fingerprint()
  where s.only_row;
  return jsonb_build_object(
    'armed_for', v_origin,
    'processor_url', puppet_private.vault_secret('puppet_processor_url'));
end
$$;

comment on function public.arm_ticks(text) is
  'Lets the ticks of this database call the processor of this project, and sets in Vault what is '
  'missing for it: { armed_for, processor_url }. Raises PT422.';
revoke execute on function public.arm_ticks(text) from public, anon, authenticated;
grant execute on function public.arm_ticks(text) to service_role;

create function puppet_private.arm_after_upgrade(
  p_settings puppet_private.settings,
  p_project_url text
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_fingerprint text;
begin
  v_fingerprint := puppet_private.database_fingerprint();
  -- Another timeline or oid of the same cluster is a restore, a failover or a clone: only people
  -- know which, and whether what is due here was done already.
  update puppet_private.settings s
  set armed_fingerprint = v_fingerprint
  where s.only_row
    and p_settings.armed_for = puppet_private.origin_of(p_project_url)
    and split_part(p_settings.armed_fingerprint, '-', 1) <> split_part(v_fingerprint, '-', 1);
exception when others then
  -- The run goes on: health tells of the same fault.
  raise warning 'whether to arm the ticks again cannot be told: %', sqlerrm;
end
$$;

comment on function puppet_private.arm_after_upgrade(puppet_private.settings, text) is
  'Arms the database again where the cluster is another and the project the same: a major upgrade.';
revoke execute on function puppet_private.arm_after_upgrade(puppet_private.settings, text)
  from public;

create function puppet_private.note_processor(p_project_url text, p_schema_version int)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_settings puppet_private.settings;
begin
  select s.* into v_settings from puppet_private.settings s;
  perform puppet_private.arm_after_upgrade(v_settings, p_project_url);
  if p_schema_version is distinct from v_settings.processor_schema_version
    and p_schema_version is not null
  then
    update puppet_private.settings s
    set processor_schema_version = p_schema_version
    where s.only_row;
  end if;
  return v_settings.schema_version;
end
$$;

comment on function puppet_private.note_processor(text, int) is
  'Takes down what a processor says of itself when it runs: its project, for which the database is '
  'armed again after a major upgrade, and the schema version of its code. Returns the schema''s.';
revoke execute on function puppet_private.note_processor(text, int) from public;
