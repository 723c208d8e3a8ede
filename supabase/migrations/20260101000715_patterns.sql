-- Patterns that statements test on every item that they are given. A function would be called for
-- each; a view of constants costs nothing, since it becomes part of the statement.

create view puppet_private.patterns
with (security_invoker = true) as
select
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' as uuid,
  '(bearer|basic|authorization|cookie|eyJ|sb_|sbp_|whsec_|[spr]k_|sk-|gh[oprsu]_|github_pat_|glpat-'
  '|xox|AKIA|ASIA|AIza|PRIVATE KEY|://[^\s]*@|(key|token|secret|passphrase|password|passwd|pwd'
  '|signature|credentials?|sig|auth|code|state)\\*["'']?\s*[=:])' as secret;

comment on view puppet_private.patterns is
  'Regular expressions, one row, matched with ~*.';
comment on column puppet_private.patterns.uuid is
  'What may be cast to uuid.';
comment on column puppet_private.patterns.secret is
  'One cheap test, mostly false: what does not match, redacted() leaves as it is.';
revoke all on puppet_private.patterns from public, anon, authenticated, service_role;

create function puppet_private.uuid_or_null(p_text text)
returns uuid
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
    select case when p_text ~* k.uuid then p_text::uuid end
    from puppet_private.patterns k
  );
end
$$;

comment on function puppet_private.uuid_or_null(text) is
  'The uuid, or null for any other text.';
revoke execute on function puppet_private.uuid_or_null(text) from public;
