import { type DatabaseClient, openDatabase, withDatabase } from './database_client.ts';
import { isDue } from './cron_schedule.ts';
import { pollForever, within } from './polling.ts';

interface CronJob {
  jobid: string;
  schedule: string;
  command: string;
  database: string;
  username: string;
}

export interface CronWorkerOptions {
  /** Connection URL of the superuser. */
  adminUrl: string;
  /** Connection URL of a role that may log in, or null. */
  roleUrl: (role: string) => string | null;
  logger: (line: string) => void;
}

/** The background worker of the pg_cron double. */
export interface CronWorker {
  /** Waits a while for the runs that are under way. */
  stop(): Promise<void>;
}

const POLL_MS = 100;
// Then Postgres's own stop ends what still runs.
const LAST_RUNS_MS = 3_000;

/** Runs the rows of cron.job when they are due, and writes cron.job_run_details; a job never overlaps itself. */
export function startCronWorker(options: CronWorkerOptions): CronWorker {
  const sql = openDatabase(options.adminUrl, 2, 'pg_cron double');
  const firstSeen = new Map<string, number>();
  const lastStart = new Map<string, number>();
  const running = new Map<string, Promise<void>>();

  const run = async (job: CronJob) => {
    try {
      await runJob(sql, job, options.roleUrl(job.username));
    } catch (error) {
      options.logger(`pg_cron double: job ${job.jobid}: ${error}`);
    } finally {
      running.delete(job.jobid);
    }
  };
  const step = async () => {
    for (const job of await activeJobs(sql)) {
      const now = Date.now();
      const seen = firstSeen.get(job.jobid) ?? now;
      firstSeen.set(job.jobid, seen);
      if (running.has(job.jobid)) continue;
      if (!isDue(job.schedule, now, seen, lastStart.get(job.jobid) ?? null)) continue;
      lastStart.set(job.jobid, now);
      running.set(job.jobid, run(job));
    }
  };
  const polling = pollForever({
    name: 'pg_cron double',
    intervalMs: POLL_MS,
    step,
    logger: options.logger,
  });
  return {
    async stop() {
      await polling.stop();
      await within(LAST_RUNS_MS, Promise.all(running.values()));
      await sql.end({ timeout: 0 });
    },
  };
}

async function activeJobs(sql: DatabaseClient): Promise<CronJob[]> {
  const [found] = await sql<
    { jobs: string | null }[]
  >`select to_regclass('cron.job')::text as jobs`;
  if (!found?.jobs) return [];
  return await sql<CronJob[]>`
    select j.jobid, j.schedule, j.command, j.database, j.username
    from cron.job as j
    where j.active
    order by j.jobid
  `;
}

async function runJob(sql: DatabaseClient, job: CronJob, url: string | null): Promise<void> {
  const [details] = await sql<{ runid: string }[]>`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'running', clock_timestamp())
    returning runid
  `;
  const { succeeded, message } = await execute(job, url);
  await sql`
    update cron.job_run_details
    set
      status = ${succeeded ? 'succeeded' : 'failed'},
      return_message = ${message},
      end_time = clock_timestamp()
    where runid = ${details?.runid ?? null}
  `;
}

/** On a connection of its own, as the real one does, so that no setting leaks into the next run. */
async function execute(
  job: CronJob,
  url: string | null,
): Promise<{ succeeded: boolean; message: string }> {
  if (url === null) return { succeeded: false, message: `role ${job.username} cannot log in here` };
  try {
    const result = await withDatabase(url, (own) => own.unsafe(job.command).simple());
    return { succeeded: true, message: tag(result) };
  } catch (error) {
    return {
      succeeded: false,
      message: `ERROR:  ${error instanceof Error ? error.message : error}`,
    };
  }
}

/** What the last statement did, as in 'SELECT 1'; one message of several statements gives a list of results. */
function tag(result: Tagged | (Tagged & { at(index: number): Tagged | undefined })): string {
  const last = !result.command && 'at' in result ? result.at(-1) : result;
  return [last?.command, last?.count].filter((part) => part !== null).join(' ');
}

interface Tagged {
  command?: string;
  count?: number | null;
}
