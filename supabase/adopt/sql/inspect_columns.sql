-- Columns that have the name of one of ours and another meaning; asked once ours are there.

insert into puppet_before_adoption.report (kind, says)
select 'refused',
  format('the column %s.%I is %s, where ours of that name is %s: rename it first',
    o.relation, o.name, o.type, format_type(ours.atttypid, ours.atttypmod))
from puppet_before_adoption.old_columns o
join pg_attribute theirs
  on theirs.attrelid = format('puppet_before_adoption.%I', o.relation)::regclass
  and theirs.attname = o.name
join pg_type old_type on old_type.oid = theirs.atttypid
join pg_attribute ours
  on ours.attrelid = format('public.%I', o.relation)::regclass
  and ours.attname = o.name
join pg_type new_type on new_type.oid = ours.atttypid
-- Ids of attempts and policies are nobody's but ours.
where (o.relation = 'puppet_jobs' or o.name <> 'id')
  and not case
    when new_type.typname = 'uuid' then old_type.typname = 'uuid'
    when new_type.typname = 'jsonb' then old_type.typname in ('json', 'jsonb')
    when new_type.typcategory = 'A' then
      old_type.typcategory = 'A' or old_type.typname in ('json', 'jsonb')
    when new_type.typcategory = 'S' then old_type.typcategory in ('S', 'E')
    else old_type.typcategory = new_type.typcategory
  end;
