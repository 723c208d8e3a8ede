import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { connect, disconnect } from './connections.ts';
import type { Claimed, Contender, Fate, OpenOptions, Payload, Queue } from './contender.ts';
import { pull } from './pull.ts';

/** The statements of a floor; ids are text on the way. */
export interface FloorStatements {
  file: string;
  tables: string[];
  /** $1: payloads as an array of JSON. */
  enqueue: string;
  /** $1: limit. */
  claim: string;
  /** $1: ids. */
  complete: string;
  fail: string;
  /** $1: completed ids, $2: failed ids, $3: limit. */
  settleAndClaim: string;
}

/** The least that does the work, in plain statements. */
export class Floor implements Contender, Queue {
  readonly #statements: FloorStatements;
  #clients: pg.Client[] = [];
  #options: OpenOptions | undefined;

  constructor(statements: FloorStatements) {
    this.#statements = statements;
  }

  async install({ dbUrl }: OpenOptions) {
    const clients = await connect(dbUrl, 1);
    const file = new URL(`../sql/${this.#statements.file}`, import.meta.url);
    await clients[0]?.query(await readFile(file, 'utf8'));
    await disconnect(clients);
  }

  async open(options: OpenOptions) {
    this.#options = options;
    // Two fused statements may wait for each other, and are not to lose a second by it.
    this.#clients = await connect(
      options.dbUrl,
      options.connections,
      "set deadlock_timeout = '5ms'",
    );
  }

  async reset() {
    await this.#clients[0]?.query(`truncate ${this.#statements.tables.join(', ')}`);
  }

  async enqueue(payloads: Payload[], loop: number) {
    await this.#ask(loop, 'enqueue', [payloads.map((payload) => JSON.stringify(payload))]);
  }

  async work(fate: Fate) {
    if (this.#options) await pull(this, fate, this.#options);
  }

  async close() {
    await disconnect(this.#clients);
  }

  async claim(connection: number, limit: number): Promise<Claimed[]> {
    return await this.#ask(connection, 'claim', [limit]);
  }

  async settle(connection: number, completed: Claimed[], failed: Claimed[]) {
    if (completed.length > 0) await this.#ask(connection, 'complete', [idsOf(completed)]);
    if (failed.length > 0) await this.#ask(connection, 'fail', [idsOf(failed)]);
  }

  async settleAndClaim(
    connection: number,
    completed: Claimed[],
    failed: Claimed[],
    limit: number,
  ): Promise<Claimed[]> {
    return await this.#ask(connection, 'settleAndClaim', [idsOf(completed), idsOf(failed), limit]);
  }

  async #ask(
    connection: number,
    name: Exclude<keyof FloorStatements, 'tables' | 'file'>,
    values: unknown[],
  ) {
    const client = this.#clients[connection];
    if (!client) throw new Error(`There is no connection ${connection}`);
    const query = { name, text: this.#statements[name], values };
    for (;;) {
      try {
        return (await client.query<Claimed>(query)).rows;
      } catch (error) {
        // They lock in no order; one of the two is undone.
        if ((error as { code?: string }).code !== '40P01') throw error;
      }
    }
  }
}

function idsOf(jobs: Claimed[]): string[] {
  return jobs.map(({ id }) => id);
}

const CLAIM = `
  update bench_floor.jobs
  set status = 'running', attempts = attempts + 1
  where id = any(array(
    select id from bench_floor.jobs
    where status = 'pending' and due_at <= now()
    order by due_at
    limit $LIMIT
    for update skip locked))
  returning id::text, payload`;
const COMPLETE = `
  update bench_floor.jobs set status = 'completed'
  where id = any($1::bigint[]) and status = 'running'`;
const FAIL = `
  update bench_floor.jobs set status = 'pending', due_at = now(), last_error = 'connection reset'
  where id = any($IDS::bigint[]) and status = 'running'
  returning id, attempts`;
const LOG = `
  insert into bench_floor.history (job_id, attempt, error)
  select id, attempts, 'connection reset' from failed`;

export const floor: FloorStatements = {
  file: 'floor.sql',
  tables: ['bench_floor.jobs', 'bench_floor.history'],
  enqueue: 'insert into bench_floor.jobs (payload) select p from unnest($1::jsonb[]) p',
  claim: CLAIM.replace('$LIMIT', '$1'),
  complete: COMPLETE,
  fail: `with failed as (${FAIL.replace('$IDS', '$1')}) ${LOG}`,
  settleAndClaim: `
    with completed as (${COMPLETE}), failed as (${FAIL.replace('$IDS', '$2')}), logged as (${LOG})
    ${CLAIM.replace('$LIMIT', '$3')}`,
};
