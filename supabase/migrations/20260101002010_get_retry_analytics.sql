-- get_retry_analytics: the service asks about all attempts, an owner about their own.

create function public.get_retry_analytics(
  p_job_type text default null,
  p_start timestamptz default null,
  p_end timestamptz default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
-- A window of millions of attempts may take longer than the Data API's 8 s; clients wait 15 s.
set statement_timeout = '14s'
as $$
declare
  v_start constant timestamptz := coalesce(p_start, '-infinity');
  v_end constant timestamptz := coalesce(p_end, 'infinity');
  v_user_id constant uuid := puppet_private.only_rows_of();
begin
  if v_start >= v_end then
    raise sqlstate 'PT422' using
      message = 'Cannot analyse retries: p_start must be before p_end',
      hint = 'Attempts from p_start on and before p_end are counted.';
  end if;
  return puppet_private.analyse_attempts(p_job_type, v_start, v_end, v_user_id);
end
$$;

comment on function public.get_retry_analytics(text, timestamptz, timestamptz) is
  'Retries of [p_start, p_end): totals, rates in percent (null of nothing), delays, recoveries, '
  'common errors, distribution and breakdown. Owners get their own. Raises PT422.';
revoke execute on function public.get_retry_analytics(text, timestamptz, timestamptz)
  from public, anon;
grant execute on function public.get_retry_analytics(text, timestamptz, timestamptz)
  to authenticated, service_role;
