-- What callers send is bounded before it is stored. Statements over many items call these only for
-- an item that is out of bounds.

create function puppet_private.bounded_text(p_text text, p_bytes int)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when octet_length(p_text) <= p_bytes then p_text
    when octet_length(left(p_text, p_bytes)) <= p_bytes then left(p_text, p_bytes)
    else left(p_text, p_bytes / 4)
  end;
end
$$;

comment on function puppet_private.bounded_text(text, int) is
  'The start of the text, at most so many bytes, never within a character.';
revoke execute on function puppet_private.bounded_text(text, int) from public;

create function puppet_private.bounded_word(p_text text, p_bytes int)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return nullif(btrim(puppet_private.bounded_text(p_text, p_bytes)), '');
end
$$;

comment on function puppet_private.bounded_word(text, int) is
  'The same without spaces around it; null where nothing is left.';
revoke execute on function puppet_private.bounded_word(text, int) from public;

create function puppet_private.first_characters(p_text text, p_count int)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return nullif(btrim(left(p_text, p_count)), '');
end
$$;

comment on function puppet_private.first_characters(text, int) is
  'The start of what a person wrote, counted as the API counts it, without spaces around it; null '
  'where nothing is left.';
revoke execute on function puppet_private.first_characters(text, int) from public;

create function puppet_private.bounded_json(p_value jsonb, p_bytes int)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when pg_column_size(p_value) > p_bytes
      then jsonb_build_object('truncated', true, 'bytes', pg_column_size(p_value))
    else p_value
  end;
end
$$;

comment on function puppet_private.bounded_json(jsonb, int) is
  'The value, or a marker with its size where it is larger than so many bytes.';
revoke execute on function puppet_private.bounded_json(jsonb, int) from public;

create function puppet_private.plain_word(p_text text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when p_text ~ '^[A-Za-z0-9_-]{1,63}$' then p_text
    else 'a name that is no plain word'
  end;
end
$$;

comment on function puppet_private.plain_word(text) is
  'The text where a message may repeat it: PostgREST sends the message of a PT error as the reason '
  'phrase of its answer, raw, so a line break in it would begin a header.';
revoke execute on function puppet_private.plain_word(text) from public;
