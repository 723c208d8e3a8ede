import pg from 'pg';

/** Connections that stay open, one for each loop. */
export async function connect(url: string, count: number, setUp = ''): Promise<pg.Client[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    if (setUp) await client.query(setUp);
    return client;
  }));
}

export async function disconnect(clients: pg.Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()));
}
