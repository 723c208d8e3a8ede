import { definedNames } from './defined_names.ts';
import { dependentsCheck } from './dependents_check.ts';
import { recordOf } from './migration_stamps.ts';
import type { Chapter } from './shipment.ts';

/**
 * The script that takes the schema of these chapters out of a database, in one transaction, and
 * their records; `paths` are the files that the application has of them.
 */
export function uninstallSql(chapters: Chapter[], paths: string[]): string {
  const defined = definedNames(chapters.map(({ text }) => text));
  const namesOf = (...kinds: string[]) =>
    defined.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const drop = (kind: 'function' | 'table' | 'view') => {
    const names = namesOf(kind).filter((name) => name.startsWith('public.'));
    return names.length === 0 ? '' : `drop ${kind} if exists\n  ${names.join(',\n  ')};\n\n`;
  };
  return `-- Takes Puppet Retry out of a database, with all jobs and their history. Extensions stay.
-- It fails, and changes nothing, where something of yours depends on one of these: a view or a
-- foreign key, or a policy or trigger of your own table. What you put on our tables goes with them.

begin;

${dependentsCheck(namesOf('table', 'view'), namesOf('function'))}
select cron.unschedule(j.jobid) from cron.job j where j.jobname like 'puppet-retry-%';

-- What this takes along is ours: nothing else depends on it, as was just looked up.
drop schema if exists puppet_private cascade;

${drop('view')}${drop('function')}${drop('table')}delete from vault.secrets s
where s.name in ('puppet_processor_url', 'puppet_processor_secret');

${forgetRecords(paths)}
commit;
`;
}

function forgetRecords(paths: string[]): string {
  const records = paths.map(recordOf).map(({ version, name }) => `('${version}', '${name}')`);
  return `do $$
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations m
    where (m.version, m.name) in (
      ${records.join(',\n      ')});
  end if;
end
$$;
`;
}
