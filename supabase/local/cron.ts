import { startCronWorker } from './cron_worker.ts';
import { withDatabase } from './database_client.ts';
import { pollForever, type Polling } from './polling.ts';

export interface CronOptions {
  /** Connection URLs by role. */
  urls: { admin: string; postgres: string };
  /** Whether the server has the real pg_cron, which runs its jobs by itself. */
  hasPgCron: boolean;
  /** False: no job runs. */
  ticks: boolean;
  /** How often the tick is asked for, as in '1 second'. */
  tickSchedule: string | undefined;
  logger: (line: string) => void;
}

/** What runs the jobs of cron.job, as far as that is ours to do. */
export interface Cron {
  stop(): Promise<void>;
}

/** Lets the jobs of cron.job run, by the double's worker or by the real pg_cron. */
export function startCron(options: CronOptions): Cron {
  const { urls, hasPgCron, ticks, tickSchedule, logger } = options;
  if (hasPgCron) {
    const seconds = /^(\d+) seconds?$/.exec(tickSchedule ?? '')?.[1];
    return ticks && seconds ? tickEvery(Number(seconds), options) : { stop: async () => {} };
  }
  if (!ticks) return { stop: async () => {} };
  const logins: Record<string, string> = { postgres: urls.postgres, supabase_admin: urls.admin };
  return startCronWorker({
    adminUrl: urls.admin,
    roleUrl: (role) => logins[role] ?? null,
    logger,
  });
}

/** Ticks between those of a pg_cron before 1.5, which knows no seconds. */
function tickEvery(seconds: number, { urls, logger }: CronOptions): Polling {
  return pollForever({
    name: 'extra ticks',
    intervalMs: seconds * 1000,
    step: () =>
      withDatabase(urls.postgres, async (sql) => {
        await sql`select public.tick_retry_processor()`;
      }),
    logger,
  });
}
