-- Secrets that find their way into an error message or a context are replaced before it is stored.

create function puppet_private.redacted(p_text text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- Words that name a secret wherever they stand; code, key, auth and sig do in a URL only.
  c_field constant text :=
    '\w*?(?:(?:api|access|secret|private|signing|encryption|service|anon)[-_]?key|token'
    '|secret|password|passwd|pwd|signature)';
  c_value constant text := '(?:"[^"]*"|''[^'']*''|[^&\s"''#,;})]{4,})';
  v_text text := p_text;
begin
  if p_text !~* (select k.secret from puppet_private.patterns k) then
    return p_text;
  end if;
  -- JWTs, and keys that their maker marks as such.
  v_text := regexp_replace(v_text,
    '\meyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?'
    '|\m(?:sb_(?:secret|publishable)|whsec|[spr]k_(?:live|test)|gh[opsu])_[\w+/=-]+'
    '|\m(?:sk|xox[abprs])-[\w-]{10,}|\mAKIA[A-Z0-9]{16}\M|\mAIza[\w-]{30,}',
    '[redacted]', 'g');
  -- Authorization and cookie headers, with their whole value.
  v_text := regexp_replace(v_text,
    '(\m(?:proxy-)?authorization|\m(?:set-)?cookie)(["'']?\s*[:=]\s*["'']?)[^"''\r\n]+',
    '\1\2[redacted]', 'gi');
  v_text := regexp_replace(v_text,
    '\m(bearer|basic)\s+[\w.~+/=-]{6,}', '\1 [redacted]', 'gi');
  -- User and password of a URL, and what looks secret in its query.
  v_text := regexp_replace(v_text, '(://)[^/\s@]+@', '\1[redacted]@', 'g');
  v_text := regexp_replace(v_text,
    '([?&](?:code|key|auth|sig|state)=)[^&\s"''#]+', '\1[redacted]', 'gi');
  -- Secret-looking fields: of a query, of a form, of JSON.
  v_text := regexp_replace(v_text,
    '((?:^|[?&"''\s{,;(])' || c_field || '["'']?\s*[=:]\s*)' || c_value,
    '\1[redacted]', 'gi');
  return v_text;
end
$$;

comment on function puppet_private.redacted(text) is
  'The text with bearer tokens, JWTs, Supabase and webhook keys, URL credentials and the values of '
  'secret-looking fields replaced. shared/redaction.ts does the same for log lines.';
revoke execute on function puppet_private.redacted(text) from public;

create function puppet_private.redacted_json(p_value jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_value is null or p_value::text !~* (select k.secret from puppet_private.patterns k) then
    return p_value;
  end if;
  return case jsonb_typeof(p_value)
    when 'object' then (
      select jsonb_object_agg(
        e.key,
        case
          -- The name says it, as it would in a text.
          when puppet_private.redacted(e.key || '=secret') <> e.key || '=secret' then '"[redacted]"'
          else puppet_private.redacted_json(e.value)
        end)
      from jsonb_each(p_value) e
    )
    when 'array' then (
      select jsonb_agg(puppet_private.redacted_json(e.value) order by e.place)
      from jsonb_array_elements(p_value) with ordinality e (value, place)
    )
    when 'string' then to_jsonb(puppet_private.redacted(p_value #>> '{}'))
    else p_value
  end;
end
$$;

comment on function puppet_private.redacted_json(jsonb) is
  'The value with secrets in its strings, and values under secret-looking names, replaced.';
revoke execute on function puppet_private.redacted_json(jsonb) from public;
