-- What statements test on every item that they are given, in forms that become part of the statement:
-- a view of constants, and an expression.

create view puppet_private.patterns
with (security_invoker = true) as
select
  '(bearer|basic|authorization|cookie|eyJ|sb_|sbp_|whsec_|[spr]k_|sk-|gh[oprsu]_|github_pat_|glpat-'
  '|xox|AKIA|ASIA|AIza|PRIVATE KEY|://[^\s]*@|(key|token|secret|passphrase|password|passwd|pwd'
  '|signature|credentials?|sig|auth|code|state)\\*["'']?\s*[=:])' as secret;

comment on view puppet_private.patterns is
  'A regular expression, one row, matched with ~*.';
comment on column puppet_private.patterns.secret is
  'One cheap test, mostly false: what does not match, redacted() leaves as it is.';
revoke all on puppet_private.patterns from public, anon, authenticated, service_role;

create function puppet_private.uuid_or_null(p_text text)
returns uuid
language sql
immutable
-- Without a SET clause: it becomes part of each statement that uses it. One regular expression for
-- all of it would take 2 us.
as $$
  select case
    when p_text like '________-____-____-____-____________'
      and p_text !~ '[^0-9a-fA-F-]'
      and octet_length(replace(p_text, '-', '')) = 32 then p_text::uuid
  end
$$;

comment on function puppet_private.uuid_or_null(text) is
  'The uuid, or null for any other text.';
revoke execute on function puppet_private.uuid_or_null(text) from public;
