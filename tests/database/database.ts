import postgres from 'postgres';

export type Sql = postgres.Sql | postgres.TransactionSql;

class Rollback extends Error {}

function databaseUrl(): string {
  const url = Deno.env.get('SUPABASE_DB_URL');
  if (!url) throw new Error("SUPABASE_DB_URL is not set: run the tests with 'deno task test'");
  return url;
}

/** Opens a connection of its own to the test database, as its superuser; the caller ends it. */
export function connect(connections = 1): postgres.Sql {
  return connectTo(databaseUrl(), connections);
}

/** Opens a connection to another database; the caller ends it. */
export function connectTo(url: string, connections = 1): postgres.Sql {
  return postgres(url, { max: connections, onnotice: () => {} });
}

/** A test in one transaction that is always rolled back, as the superuser until `actAs`. */
export function databaseTest(
  name: string,
  body: (sql: postgres.TransactionSql) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const sql = connect();
    try {
      await sql.begin(async (transaction) => {
        await body(transaction);
        throw new Rollback();
      });
    } catch (error) {
      if (!(error instanceof Rollback)) throw error;
    } finally {
      await sql.end();
    }
  });
}

/** Goes on as the given role, with the JWT claims that PostgREST would set. */
export async function actAs(
  sql: Sql,
  role: 'anon' | 'authenticated' | 'service_role' | 'postgres' | 'none',
  claims: {
    sub?: string;
    app_metadata?: Record<string, unknown>;
    user_metadata?: Record<string, unknown>;
  } = {},
): Promise<void> {
  const jwt = JSON.stringify({ role, ...claims });
  await sql`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${jwt}, true)`;
}

/** What Postgres says when it refuses a statement. */
export interface Refusal {
  code: string;
  message: string;
  hint?: string | undefined;
  constraint_name?: string | undefined;
}

/** What a statement is refused with; the transaction goes on behind it. Throws if it succeeds. */
export async function refusal(
  sql: postgres.TransactionSql,
  body: (sql: Sql) => Promise<unknown>,
): Promise<Refusal> {
  try {
    await sql.savepoint(body);
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error;
    throw error;
  }
  throw new Error('the statement was not refused');
}
