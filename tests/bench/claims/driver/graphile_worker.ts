import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { connect, disconnect } from '../../speed/driver/connections.ts';
import { HIGH_THROUGHPUT } from '../../speed/driver/graphile_worker.ts';
import type { Claimer } from './claimer.ts';

/** A statement as its runner sends it. */
interface Statement {
  name: string;
  text: string;
  values: unknown[];
}

const logger = new Logger(() => () => {});
const LIMIT = 10;
const GET_JOB = /^get_job\d*\//;

/**
 * graphile-worker has no public call that claims: the statement with which its `run` fetches, text,
 * name and values, is overheard once and then sent as it was. Draining is its `run`.
 */
export class GraphileWorkerClaims implements Claimer {
  #dbUrl = '';
  #client: pg.Client | undefined;
  #statement: Statement | undefined;

  async install(dbUrl: string) {
    const utils = await makeWorkerUtils({ connectionString: dbUrl, logger });
    await utils.migrate();
    // Both tasks get their ids when their first job is added.
    await utils.addJobs(['bench', 'other'].map((identifier) => ({ identifier, payload: {} })));
    await utils.release();
  }

  async open(dbUrl: string) {
    this.#dbUrl = dbUrl;
    this.#statement = await overhear(dbUrl);
    [this.#client] = await connect(dbUrl, 1);
  }

  async claim(limit: number) {
    if (limit !== LIMIT) throw new Error(`The statement that was overheard claims ${LIMIT}`);
    const { rows } = await this.#client!.query<{ id: string }>({ ...this.#statement! });
    return rows;
  }

  /** Until all of it is gone. */
  async drain() {
    let drained = 0;
    const due = await this.#due();
    const end = Promise.withResolvers<void>();
    const runner = await run({
      connectionString: this.#dbUrl,
      noHandleSignals: true,
      logger,
      ...HIGH_THROUGHPUT,
      taskList: {
        bench: () => {
          if (++drained === due) end.resolve();
        },
      },
    });
    if (due > 0) await end.promise;
    await runner.stop();
    return drained;
  }

  async close() {
    if (this.#client) await disconnect([this.#client]);
  }

  async #due(): Promise<number> {
    const { rows } = await this.#client!.query<{ due: number }>(`
      select count(*)::int as due from graphile_worker._private_jobs j
      join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = 'bench' and j.is_available and j.run_at <= now()`);
    return rows[0]?.due ?? 0;
  }
}

/** What a runner sends that fetches ten jobs at once. */
async function overhear(dbUrl: string): Promise<Statement> {
  const heard = Promise.withResolvers<Statement>();
  const pool = new pg.Pool({ connectionString: dbUrl, max: 4 });
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.query = new Proxy(client.query, {
      apply(query, self, values) {
        const [sent] = values;
        if (isStatement(sent) && GET_JOB.test(sent.name)) heard.resolve({ ...sent });
        return Reflect.apply(query, self, values);
      },
    });
  });
  const runner = await run({
    pgPool: pool,
    noHandleSignals: true,
    logger,
    preset: { worker: { concurrentJobs: 1, localQueue: { size: LIMIT } } },
    taskList: { bench: () => {} },
  });
  const statement = await heard.promise;
  await runner.stop();
  await pool.end();
  return statement;
}

function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && 'name' in value && 'text' in value &&
    typeof value.name === 'string';
}
