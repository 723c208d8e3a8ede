import { type DatabaseClient, openDatabase } from '../../../supabase/local/database_client.ts';

const TYPE = 'bench_sustained';
const USER = '00000000-0000-4000-8000-0000000000b1';
const BATCH = 100;
/** Jobs that wait for their first attempt, at least. */
const BACKLOG = 5_000;
const ENQUEUED_AT_ONCE = 1_000;
/** Share of the jobs whose first attempt fails. */
export const FAILING = 0.3;
/** So long does a retry wait, in seconds. */
export const RETRY_SECONDS = 60;

interface Job {
  job_id: string;
  lease_token: string;
  attempt_number: number;
}

interface Answer {
  settled?: { accepted: boolean }[];
  claimed?: Job[];
}

/** What has been done up to now. */
export interface Count {
  enqueued: number;
  attempts: number;
  completed: number;
}

/** Keeps two executors busy, as fast as they can, with jobs of which a share fails once. */
export class Load implements AsyncDisposable {
  readonly count: Count = { enqueued: 0, attempts: 0, completed: 0 };
  /** Jobs that have had their first attempt. */
  #tried = 0;
  readonly #clients: DatabaseClient[];
  readonly #loops: Promise<void>[];
  #stopped = false;

  private constructor(url: string) {
    this.#clients = [1, 2, 3].map(() => openDatabase(url, 1, 'bench load'));
    const [enqueuer, ...executors] = this.#clients as [DatabaseClient, ...DatabaseClient[]];
    this.#loops = [this.#enqueue(enqueuer), ...executors.map((sql) => this.#execute(sql))];
  }

  static async start(url: string): Promise<Load> {
    const sql = openDatabase(url, 1, 'bench load');
    await sql`
      insert into public.puppet_job_retry_config (job_type, delay_schedule_seconds)
      values (${TYPE}, ${`{${RETRY_SECONDS}}`})
      on conflict (job_type) do nothing`;
    await sql.end();
    return new Load(url);
  }

  /** Lets the load run so long; throws when one of its loops has failed. */
  async run(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const time = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([time, ...this.#loops]);
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose]() {
    this.#stopped = true;
    await Promise.allSettled(this.#loops);
    await Promise.all(this.#clients.map((sql) => sql.end()));
  }

  async #enqueue(sql: DatabaseClient): Promise<void> {
    const jobs = JSON.stringify(Array.from({ length: ENQUEUED_AT_ONCE }, () => ({
      user_id: USER,
      job_type: TYPE,
      job_config: { to: 'somebody@example.com', text: 'x'.repeat(60) },
    })));
    while (!this.#stopped) {
      if (this.count.enqueued - this.#tried > BACKLOG) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      } else {
        await sql`select enqueue_jobs(${jobs}::text::jsonb)`;
        this.count.enqueued += ENQUEUED_AT_ONCE;
      }
    }
  }

  async #execute(sql: DatabaseClient): Promise<void> {
    let jobs: Job[] = [];
    while (!this.#stopped) {
      const outcomes = jobs.map(outcomeOf);
      const [row] = await sql<{ answer: Answer }[]>`
        select settle_and_claim_jobs(
          'bench', ${JSON.stringify(outcomes)}::text::jsonb, ${BATCH}, array[${TYPE}],
          p_lease_token => ${crypto.randomUUID()}) as answer`;
      const { settled = [], claimed = [] } = row?.answer ?? {};
      const refused = settled.find(({ accepted }) => !accepted);
      if (refused) throw new Error(`An outcome was refused: ${JSON.stringify(refused)}`);
      this.count.attempts += outcomes.length;
      this.#tried += jobs.filter(({ attempt_number }) => attempt_number === 1).length;
      this.count.completed += outcomes.filter(({ outcome }) => outcome === 'completed').length;
      jobs = claimed;
    }
  }
}

/** The random end of a job's id decides whether it fails, once. */
function outcomeOf({ job_id, lease_token, attempt_number }: Job) {
  const fails = attempt_number === 1 && Number.parseInt(job_id.slice(-4), 16) / 65_536 < FAILING;
  if (!fails) return { job_id, lease_token, outcome: 'completed' };
  return {
    job_id,
    lease_token,
    outcome: 'failed',
    error_type: 'network',
    error_message: 'connection reset',
  };
}
