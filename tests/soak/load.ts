import { z } from 'zod';
import type { ServiceClient } from '../../shared/service_client.ts';
import { pause } from '../../supabase/local/polling.ts';
import { DELIVERED, HANDLED } from './jobs.ts';

/** What comes, and how it fares; the shares are parts of 1. */
export interface LoadOptions {
  jobsPerSecond: number;
  /** How many attempts fail. */
  failShare: number;
  /** How many jobs are deliveries. */
  deliveryShare: number;
}

/** A steady stream of jobs. */
export interface Load {
  /** Jobs that the database has said it has. */
  readonly enqueued: number;
  /** Resolves when the stream has ended and every batch is answered; rejects if one never was. */
  readonly ended: Promise<void>;
}

type Job = ReturnType<typeof newJob>;

const EVERY_MS = 250;
const CALL_TIMEOUT_MS = 15_000;
const PAUSE_MS = 500;
const MOST_TRIES = 60;
const MOST_PER_CALL = 1000;
const OWNERS = Array.from({ length: 20 }, () => crypto.randomUUID());

const answersSchema = z.array(z.object({ job_id: z.guid() }));

/** Enqueues jobs through the API until `signal` aborts; each batch until it is answered. */
export function startLoad(client: ServiceClient, options: LoadOptions, signal: AbortSignal): Load {
  let enqueued = 0;
  const failures: unknown[] = [];
  const calls = new Set<Promise<void>>();
  const begin = (jobs: Job[]) => {
    const call = send(client, jobs)
      .then((count) => void (enqueued += count), (error) => void failures.push(error))
      .finally(() => calls.delete(call));
    calls.add(call);
  };
  const run = async () => {
    const start = performance.now();
    let sent = 0;
    while (!signal.aborted) {
      const wanted = Math.floor((performance.now() - start) / 1000 * options.jobsPerSecond);
      const jobs = Array.from(
        { length: Math.min(wanted - sent, MOST_PER_CALL) },
        (_, place) => newJob(sent + place, options),
      );
      sent += jobs.length;
      if (jobs.length > 0) begin(jobs);
      await pause(EVERY_MS, signal);
    }
    await Promise.all(calls);
    if (failures.length > 0) throw failures[0];
  };
  const ended = run();
  // Awaited only when the samples are taken.
  ended.catch(() => {});
  return {
    get enqueued() {
      return enqueued;
    },
    ended,
  };
}

function newJob(number: number, { failShare, deliveryShare }: LoadOptions) {
  // Spread evenly: number n is a delivery when the sum of shares passes a whole number there.
  const isDelivery = Math.floor((number + 1) * deliveryShare) > Math.floor(number * deliveryShare);
  return {
    user_id: OWNERS[number % OWNERS.length],
    job_type: isDelivery ? DELIVERED : HANDLED,
    job_config: { fail_share: failShare },
    // So that a batch whose answer was lost can be sent again.
    idempotency_key: String(number),
  };
}

/** How many jobs are in the database for sure. */
async function send(client: ServiceClient, jobs: Job[]): Promise<number> {
  for (let tries = 1;; tries++) {
    try {
      const { data } = await client.rpc('enqueue_jobs', { p_jobs: jobs })
        .abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS)).throwOnError();
      return answersSchema.length(jobs.length).parse(data).length;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
