import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { connect, disconnect } from './connections.ts';
import type { Claimed, Contender, Fate, OpenOptions, Payload, Queue } from './contender.ts';
import { POLICY, TYPE, USER } from './puppet_retry_policy.ts';
import { pull } from './pull.ts';

interface Job {
  job_id: string;
  lease_token: string;
}

const CLAIM = `p_limit => $LIMIT, p_job_types => '{${TYPE}}', p_lease_token => $TOKEN`;
const STATEMENTS = {
  enqueue: 'select enqueue_jobs($1) as answer',
  // As the Data API makes of supabase.from('puppet_jobs').insert(jobs).
  insert: `insert into public.puppet_jobs (user_id, job_type, job_config)
    select user_id, job_type, job_config
    from json_to_recordset($1) as jobs (user_id uuid, job_type text, job_config jsonb)`,
  claim: `select claim_jobs('bench', ${
    CLAIM.replace('$LIMIT', '$1').replace('$TOKEN', '$2')
  }) as answer`,
  settle: `select settle_jobs('bench', $1) as answer`,
  settleAndClaim: `select settle_and_claim_jobs('bench', $1, ${
    CLAIM.replace('$LIMIT', '$2').replace('$TOKEN', '$3')
  }) -> 'claimed' as answer`,
};

/** The shipped functions, called as service_role. */
export class PuppetRetrySql implements Contender, Queue {
  readonly #enqueueBy: 'enqueue' | 'insert';
  #clients: pg.Client[] = [];
  #options: OpenOptions | undefined;

  constructor(enqueueBy: 'enqueue' | 'insert' = 'enqueue') {
    this.#enqueueBy = enqueueBy;
  }

  async install({ dbUrl }: OpenOptions) {
    const clients = await connect(dbUrl, 1);
    await clients[0]?.query(POLICY);
    await disconnect(clients);
  }

  async open(options: OpenOptions) {
    this.#options = options;
    this.#clients = await connect(options.dbUrl, options.connections, 'set role service_role');
  }

  async reset() {
    const [client] = this.#clients;
    await client?.query('reset role');
    await client?.query('truncate public.puppet_jobs, public.puppet_job_retry_history');
    await client?.query('set role service_role');
  }

  async enqueue(payloads: Payload[], loop: number) {
    const jobs = payloads.map((job_config) => ({ user_id: USER, job_type: TYPE, job_config }));
    await this.#ask(loop, this.#enqueueBy, [JSON.stringify(jobs)]);
  }

  async work(fate: Fate) {
    if (this.#options) await pull(this, fate, this.#options);
  }

  async close() {
    await disconnect(this.#clients);
  }

  async claim(connection: number, limit: number): Promise<Claimed[]> {
    return claimedOf(await this.#ask(connection, 'claim', [limit, randomUUID()]));
  }

  async settle(connection: number, completed: Claimed[], failed: Claimed[]) {
    await this.#ask(connection, 'settle', [outcomesOf(completed, failed)]);
  }

  async settleAndClaim(
    connection: number,
    completed: Claimed[],
    failed: Claimed[],
    limit: number,
  ): Promise<Claimed[]> {
    const values = [outcomesOf(completed, failed), limit, randomUUID()];
    return claimedOf(await this.#ask(connection, 'settleAndClaim', values));
  }

  async #ask(connection: number, name: keyof typeof STATEMENTS, values: unknown[]): Promise<Job[]> {
    const client = this.#clients[connection];
    if (!client) throw new Error(`There is no connection ${connection}`);
    const text = STATEMENTS[name];
    const { rows } = await client.query<{ answer: Job[] }>({ name, text, values });
    return rows[0]?.answer ?? [];
  }
}

function claimedOf(jobs: Job[]): Claimed[] {
  return jobs.map(({ job_id, lease_token }) => ({ id: job_id, lease: lease_token }));
}

function outcomesOf(completed: Claimed[], failed: Claimed[]): string {
  return JSON.stringify([
    ...completed.map(({ id, lease }) => ({ job_id: id, lease_token: lease, outcome: 'completed' })),
    ...failed.map(({ id, lease }) => ({
      job_id: id,
      lease_token: lease,
      outcome: 'failed',
      error_type: 'network',
      error_message: 'connection reset',
    })),
  ]);
}
