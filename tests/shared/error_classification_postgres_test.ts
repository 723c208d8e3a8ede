import { assertEquals } from '../assert.ts';
import postgres from 'postgres';
import type { ErrorType } from '../../shared/error_classification.ts';
import { failureOf, thrownBy } from './failure_of.ts';

const url = Deno.env.get('SUPABASE_DB_URL') ?? '';
const ignore = url === '';

/** Runs `use` with one connection to the test database, and closes it. */
async function withSql(use: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await use(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

const raised: [ErrorType, string[]][] = [
  ['timeout', ['57014']],
  ['temporary_error', ['40001', '40P01', '55P03', '53000', '53100', '53200', '53300', '53400']],
  ['temporary_error', ['57P01', '57P02', '57P03', '08000', '08001', '08003', '08006']],
  ['authentication', ['28000', '28P01']],
  ['permission', ['42501']],
  ['validation_error', ['22000', '22003', '22012', '22P02', '23502', '23503', '23505', '23514']],
  ['unknown_error', ['P0001', '42P01', '42601', '25006', '55006', '0A000', 'XX000']],
];

for (const [errorType, codes] of raised) {
  Deno.test({ name: `SQLSTATE ${codes.join(', ')} is ${errorType}`, ignore }, async () => {
    await withSql(async (sql) => {
      for (const code of codes) {
        const raise = `do $$ begin raise exception 'on purpose' using errcode = '${code}'; end $$`;
        const failure = failureOf(await thrownBy(() => sql.unsafe(raise)));
        assertEquals([failure.errorType, failure.code], [errorType, code]);
      }
    });
  });
}

const failing: [string, string, ErrorType][] = [
  ['a division by zero', 'select 1 / 0', 'validation_error'],
  ['text that is no uuid', `select 'x'::uuid`, 'validation_error'],
  [
    'NUL in jsonb',
    String.raw`select '"\u0000"'::jsonb -> 0, '"\u0000"'::jsonb`,
    'validation_error',
  ],
  ['a statement timeout', `set statement_timeout = '20ms'; select pg_sleep(30)`, 'timeout'],
  ['a missing table', 'select * from no_such_table_here', 'unknown_error'],
  ['a syntax error', 'selec 1', 'unknown_error'],
  ['an unknown database role', 'set role no_such_role_here', 'validation_error'],
  // postgres.js knows an ended backend only as a closed connection.
  ['a backend that is ended', 'select pg_terminate_backend(pg_backend_pid())', 'network'],
];

for (const [label, statement, errorType] of failing) {
  Deno.test({ name: `${label} in Postgres is ${errorType}`, ignore }, async () => {
    await withSql(async (sql) => {
      const failure = failureOf(await thrownBy(() => sql.unsafe(statement)));
      assertEquals(failure.errorType, errorType, `${failure.code}: ${failure.message}`);
    });
  });
}

Deno.test('a pool that was closed is network', async () => {
  const sql = postgres('postgres://postgres@127.0.0.1:1/postgres', { max: 1 });
  await sql.end();
  assertEquals(failureOf(await thrownBy(() => sql`select 1`)).errorType, 'network');
});

Deno.test('a database that is away is network', async () => {
  const sql = postgres('postgres://postgres@127.0.0.1:1/postgres', { max: 1 });
  const failure = failureOf(await thrownBy(() => sql`select 1`));
  await sql.end();
  assertEquals([failure.errorType, failure.code], ['network', 'ECONNREFUSED']);
});
