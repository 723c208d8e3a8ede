-- Which of the few situations a database is in; asked before anything is changed.

select
  to_regclass('public.puppet_jobs') is not null as has_jobs,
  to_regclass('puppet_before_adoption.adoption') is not null as is_adopted,
  to_regnamespace('puppet_private') is not null as has_puppet_retry,
  to_regnamespace('puppet_before_adoption') is not null as has_before,
  to_regnamespace('puppet_after_adoption') is not null as has_after,
  to_jsonb(array(
    select s.name
    from unnest('{auth,extensions,vault}'::text[]) s (name)
    where to_regnamespace(s.name) is null
    order by s.name)) as missing_schemas
