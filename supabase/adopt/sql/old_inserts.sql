-- What keeps old code going: its inserts get what the new columns need, its casts still compare,
-- and the error and result columns that it reads are written along.

create function puppet_private.accept_old_insert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_state record;
begin
  new.job_type := 'linkedin_outreach';
  if new.job_config = '{}' then
    new.job_config := jsonb_strip_nulls(jsonb_build_object(
      'linkedin_profile_url', to_jsonb(new) -> 'linkedin_profile_url',
      'message', to_jsonb(new) -> 'message'));
  end if;
  new.max_retries := coalesce(new.max_retries, tg_argv[0]::int);
  v_state := puppet_private.state_of_old(
    new.status, new.retry_count, coalesce(new.max_retries, 5));
  if v_state.status is not null then
    new.status := v_state.status;
    new.final_status := v_state.final_status;
    new.stop_reason := v_state.stop_reason;
  end if;
  if new.status = new.final_status then
    new.next_retry_at := null;
    new.completed_at := coalesce(new.completed_at, now());
  elsif new.final_status = 'failed' then
    new.next_retry_at := coalesce(new.next_retry_at, new.scheduled_at);
  end if;
  return new;
end
$$;

comment on function puppet_private.accept_old_insert() is
  'Completes an insert of the older design: type, config, its default of max_retries (the argument), '
  'and our word for its status.';
revoke execute on function puppet_private.accept_old_insert() from public;

create function puppet_private.write_old_columns()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  return jsonb_populate_record(new,
    case
      when tg_argv[0] <> ''
        then jsonb_build_object(tg_argv[0], left(new.last_execution_error, tg_argv[2]::int))
      else '{}'
    end
    || case
      when tg_argv[1] <> '' then jsonb_build_object(tg_argv[1], new.result_data)
      else '{}'
    end);
end
$$;

comment on function puppet_private.write_old_columns() is
  'Writes the error and the result to the columns where old code looks for them; the arguments are '
  'their names and how many characters the error may have.';
revoke execute on function puppet_private.write_old_columns() from public;

do $$
declare
  v_default text := (
    select o.default_value
    from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_jobs' and o.name = 'max_retries');
  v_max_retries int;
  v_error text;
  v_result text;
  v_length int;
begin
  execute format('select %s', coalesce(v_default, 'null::int')) into v_max_retries;
  if exists (
    select from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_jobs' and o.is_kept and o.name = 'linkedin_profile_url')
  then
    execute format(
      'create trigger accept_old_insert before insert on public.puppet_jobs for each row '
      'when (new.job_type = ''default'' and new.linkedin_profile_url is not null) '
      'execute function puppet_private.accept_old_insert(%s)',
      coalesce(quote_literal(v_max_retries), ''));
  end if;

  select min(o.name) filter (where o.name in ('error', 'error_message', 'last_error')
      and o.type ~ '^(text|character varying)'),
    min(o.name) filter (where o.name = 'result' and o.type in ('json', 'jsonb', 'text'))
  into v_error, v_result
  from puppet_before_adoption.old_columns o
  where o.relation = 'puppet_jobs' and o.is_kept and o.generated_as is null;
  select substring(o.type from '\((\d+)\)')::int into v_length
  from puppet_before_adoption.old_columns o
  where o.relation = 'puppet_jobs' and o.name = v_error;
  if v_error is not null or v_result is not null then
    execute format(
      'create trigger write_old_columns before update on public.puppet_jobs for each row '
      'when (new.last_execution_error is distinct from old.last_execution_error '
      'or new.result_data is distinct from old.result_data) '
      'execute function puppet_private.write_old_columns(%L, %L, %L)',
      coalesce(v_error, ''), coalesce(v_result, ''), coalesce(v_length, 8192));
    insert into puppet_before_adoption.report (kind, says)
    values ('changed', format('new errors and results are written to %s, too',
      concat_ws(' and ', v_error, v_result)));
  end if;
end
$$;

-- An old status type goes on comparing with what is text now: in queries, views and functions.
do $$
declare
  v_type regtype := (select a.status_type from puppet_before_adoption.adoption a);
begin
  if exists (select from pg_type t where t.oid = v_type and t.typtype = 'e')
    and not exists (
      select from pg_cast c where c.castsource = v_type and c.casttarget = 'text'::regtype)
  then
    execute format('create cast (%s as text) with inout as implicit', v_type);
    update puppet_before_adoption.adoption set cast_made = true;
    insert into puppet_before_adoption.report (kind, says)
    values ('changed', format('values of type %s compare with text, which status is now', v_type));
  end if;
end
$$;
