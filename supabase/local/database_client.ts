import postgres from 'postgres';

/** A pool of connections that is silent about notices. */
export type DatabaseClient = postgres.Sql;

/** The one connection of an open transaction. */
export type Transaction = postgres.TransactionSql;

/** Opens a pool of up to `connections`; none is made before the first query. */
export function openDatabase(url: string, connections: number, name: string): DatabaseClient {
  return postgres(url, {
    max: connections,
    connect_timeout: 10,
    // Seconds; the default grows to 20, and after an outage everybody would wait for it.
    backoff: () => 0.2,
    connection: { application_name: name },
    // The library's own query for array types rejects unheard when a connection breaks under it.
    fetch_types: false,
    onnotice: () => {},
  });
}

/** Runs `work` on a client of its own, and closes it. */
export async function withDatabase<Result>(
  url: string,
  work: (sql: DatabaseClient) => Promise<Result>,
): Promise<Result> {
  const sql = openDatabase(url, 1, 'local platform');
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Connection URL of a role on this machine. */
export function databaseUrl(role: string, password: string, port: number): string {
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}
