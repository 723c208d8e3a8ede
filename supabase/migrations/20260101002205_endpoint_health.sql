-- Endpoints that no delivery can reach or sign, as far as the policy alone tells.

create function puppet_private.is_private_host(p_host text)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  c_private constant inet[] := '{0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,'
    '172.16.0.0/12,192.168.0.0/16,::/128,::1/128,fc00::/7,fe80::/10,::ffff:0:0/96,'
    '64:ff9b::/96}'::inet[];
begin
  return p_host ~* '(^|\.)(localhost|local|internal)\.?$'
    or btrim(p_host, '[]')::inet <<= any (c_private);
exception when data_exception then
  -- A name: what it resolves to is checked at each delivery.
  return false;
end
$$;

comment on function puppet_private.is_private_host(text) is
  'True for private literal addresses and local names; delivery refuses more than these.';
revoke execute on function puppet_private.is_private_host(text) from public;

create function puppet_private.health_of_endpoints()
returns table (name text, ok boolean, says text, advice text)
language sql
stable
set search_path = ''
as $$
  with endpoints as materialized (
    select c.job_type, c.signing_secret_name, c.endpoint_url like 'http:%' as is_plain,
      lower(substring(c.endpoint_url from '^https?://(\[[^]]*\]|[^/:?#\\]+)')) as host
    from public.puppet_job_retry_config c
    -- Of disabled policies too: their jobs are delivered, and not retried.
    where c.endpoint_url is not null
  )
  select 'endpoint_secrets',
    missing.names is null,
    coalesce('Vault lacks the signing secret of: ' || missing.names,
      'every signing secret that a policy names is in Vault'),
    'Create it (select vault.create_secret(''whsec_…'', ''the name'')), or correct '
      'signing_secret_name; until then these types'' deliveries fail and are retried.'
  from (
    select string_agg(format('%s (%s)', e.job_type, e.signing_secret_name), ', ' order by e.job_type)
    from endpoints e
    where puppet_private.vault_secret(e.signing_secret_name) is null
      and e.signing_secret_name is not null
  ) missing (names)
  union all
  select 'endpoint_addresses',
    private.names is null,
    coalesce('a private address, a local name or plain http is the endpoint of: ' || private.names,
      'no endpoint is a private address or plain http'),
    'Nothing is delivered there: give endpoint_url https and a public address. Where the '
      'processors'' PUPPET_ALLOWED_ENDPOINT_HOSTS allows the host, name it in '
      'puppet_private.settings.private_endpoint_hosts too.'
  from (
    select string_agg(e.job_type, ', ' order by e.job_type)
    from endpoints e
    cross join puppet_private.settings s
    where (e.is_plain or puppet_private.is_private_host(e.host))
      and e.host <> all (s.private_endpoint_hosts)
  ) private (names)
$$;

comment on function puppet_private.health_of_endpoints() is
  'Whether deliveries can be signed, and lead out of the private network.';
revoke execute on function puppet_private.health_of_endpoints() from public;
