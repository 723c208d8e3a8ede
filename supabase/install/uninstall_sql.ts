import { definedNames } from './defined_names.ts';
import { recordOf } from './migration_stamps.ts';
import type { Chapter } from './shipment.ts';

/**
 * The script that takes the schema of these chapters out of a database, in one transaction, and
 * their records; `paths` are the files that the application has of them.
 */
export function uninstallSql(chapters: Chapter[], paths: string[]): string {
  const defined = definedNames(chapters.map(({ text }) => text));
  const drop = (kind: 'function' | 'table' | 'view') => {
    const names = defined
      .filter((one) => one.kind === kind && one.name.startsWith('public.'))
      .map(({ name }) => name);
    return names.length === 0 ? '' : `drop ${kind} if exists\n  ${names.join(',\n  ')};\n\n`;
  };
  return `-- Takes Puppet Retry out of a database, with all jobs and their history. Extensions stay.
-- It fails, and changes nothing, where a table or view of yours depends on one of these.

begin;

select cron.unschedule(j.jobid) from cron.job j where j.jobname like 'puppet-retry-%';

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
