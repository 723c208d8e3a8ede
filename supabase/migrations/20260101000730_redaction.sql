-- Secrets that find their way into an error message or a context are replaced before it is stored.

create function puppet_private.redacted(p_text text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- The most that is looked at; what goes with the cut, since half a secret would not look like one.
  c_most constant int := 32768;
  c_torn constant int := 500;
  -- Names of secrets, wherever they stand; code, key, auth, sig and state do in a URL only.
  c_word constant text :=
    '(?:(?:api|access|account|secret|shared|private|signing|encryption|service|anon|master)[-_]?key'
    '|token|secret|passphrase|password|passwd|pwd|signature|credentials?)';
  c_value constant text := '(?:\\+"[^"]*"|"(?:[^"\\]|\\.)*"|''[^'']*''|\\*["'']?[^&\s"''#,;})]+)';
  v_text text := left(p_text, c_most);
begin
  if v_text !~* (select k.secret from puppet_private.patterns k) then
    return case when char_length(p_text) > c_most then left(v_text, -c_torn) else p_text end;
  end if;
  v_text := regexp_replace(v_text,
    '-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-{1,4}[^-])*'
    '(?:-----END [A-Z ]{0,40}-----)?',
    '[redacted]', 'g');
  -- JWTs, and keys that their maker marks as such.
  v_text := regexp_replace(v_text,
    '(?<![A-Za-z0-9])eyJ[\w-]{10,}(?:\.[\w-]*){0,2}', '[redacted]', 'g');
  v_text := regexp_replace(v_text,
    '\m(?:sb_(?:secret|publishable)|sbp|whsec|[spr]k_(?:live|test)|gh[oprsu]|github_pat)_[\w+/=-]+'
    '|\m(?:sk|xox[abeoprs]|glpat)-[\w-]{10,}|\m(?:AKIA|ASIA)[A-Z0-9]{16}\M|\mAIza[\w-]{30,}',
    '[redacted]', 'g');
  -- Authorization and cookie headers, with their whole value.
  v_text := regexp_replace(v_text,
    '(\m(?:proxy-)?authorization|\m(?:set-)?cookie)'
    '(\\*["'']?\s{0,20}[:=]\s{0,20}\\*["'']?)[^"''\\\r\n]+',
    '\1\2[redacted]', 'gi');
  v_text := regexp_replace(v_text,
    '\m(bearer|basic)\s{1,20}(?!auth|token|realm|credential)[\w.~+/=-]{6,}',
    '\1 [redacted]', 'gi');
  -- User and password of a URL, also a password with a slash, and what looks secret in its query.
  v_text := regexp_replace(v_text,
    '(://)(?:[^/\s"<>]{1,255}|[^/\s@:[",<>]{0,100}:(?!\d{1,5}[/?#])[^\s@"<>]{0,200})@',
    '\1[redacted]@', 'g');
  v_text := regexp_replace(v_text,
    '([?&](?:code|key|auth|sig|state)=)[^&\s"''#]+', '\1[redacted]', 'gi');
  -- Secret-looking fields: of a query, of a form, of a header, of JSON and of JSON within JSON.
  v_text := regexp_replace(v_text,
    '((?<![\w-])[\w-]*' || c_word || '\\*["'']?\s{0,20}[=:]>?\s{0,20})' || c_value,
    '\1[redacted]', 'gi');
  return case when char_length(p_text) > c_most then left(v_text, -c_torn) else v_text end;
end
$$;

comment on function puppet_private.redacted(text) is
  'The text with bearer tokens, JWTs, marked keys, URL credentials and the values of secret-looking '
  'fields replaced, cut to about 32,000 characters. shared/redaction.ts does the same for log lines.';
revoke execute on function puppet_private.redacted(text) from public;

create function puppet_private.redacted_json(p_value jsonb, p_depth int default 0)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_value is null or p_value::text !~* (select k.secret from puppet_private.patterns k) then
    return p_value;
  end if;
  -- Deeper than anything that is read, and than the stack allows.
  if p_depth > 100 then
    return '"[Too deep]"'::jsonb;
  end if;
  return case jsonb_typeof(p_value)
    when 'object' then (
      select jsonb_object_agg(
        e.key,
        case
          -- The name says it, as it would in a text.
          when puppet_private.redacted(e.key || '=secret') <> e.key || '=secret' then '"[redacted]"'
          else puppet_private.redacted_json(e.value, p_depth + 1)
        end)
      from jsonb_each(p_value) e
    )
    when 'array' then (
      select jsonb_agg(puppet_private.redacted_json(e.value, p_depth + 1) order by e.place)
      from jsonb_array_elements(p_value) with ordinality e (value, place)
    )
    when 'string' then to_jsonb(puppet_private.redacted(p_value #>> '{}'))
    else p_value
  end;
end
$$;

comment on function puppet_private.redacted_json(jsonb, int) is
  'The value with secrets in its strings, and values under secret-looking names, replaced.';
revoke execute on function puppet_private.redacted_json(jsonb, int) from public;
