import { z } from 'zod';
import type { ServiceClient } from '../../shared/service_client.ts';
import { pause } from '../../supabase/local/polling.ts';
import type { PlannedJob } from './jobs.ts';
import { type Note, realNow } from './ledger.ts';

const BATCHES_PER_SECOND = 2;
const MOST_PER_BATCH = 100;
const CALL_TIMEOUT_MS = 15_000;
const PAUSE_MS = 200;
const TAKEN = '23505';

const USER = crypto.randomUUID();

const answersSchema = z.array(z.object({ job_id: z.guid(), created: z.boolean() }));

/** Enqueues the jobs over so many seconds, each batch again and again until the database has said that it has it. */
export async function enqueueAll(
  client: ServiceClient,
  jobs: PlannedJob[],
  seconds: number,
  note: Note,
  signal: AbortSignal,
): Promise<void> {
  const size = Math.ceil(jobs.length / (seconds * BATCHES_PER_SECOND));
  const batches = inBatches(jobs, Math.min(MOST_PER_BATCH, Math.max(1, size)));
  const everyMs = seconds * 1000 / batches.length;
  const start = performance.now();
  await Promise.all(batches.map(async (batch, place) => {
    await pause(Math.max(0, start + place * everyMs - performance.now()), signal);
    const enqueue = place % 2 === 0 ? callEnqueue : insert;
    while (!signal.aborted) {
      const ids = await enqueue(client, batch).catch(() => null);
      if (!ids) {
        await pause(PAUSE_MS, signal);
        continue;
      }
      for (const { key } of batch) {
        note({ what: 'enqueued', at: realNow(), key, jobId: ids.get(key) ?? '' });
      }
      return;
    }
  }));
}

type Ids = Map<string, string>;

function rowOf({ key, jobType, script, priority }: PlannedJob) {
  return {
    user_id: USER,
    job_type: jobType,
    job_config: { script },
    priority,
    idempotency_key: key,
  };
}

async function callEnqueue(client: ServiceClient, batch: PlannedJob[]): Promise<Ids> {
  const { data } = await client.rpc('enqueue_jobs', { p_jobs: batch.map(rowOf) })
    .abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS)).throwOnError();
  const answers = answersSchema.length(batch.length).parse(data);
  return new Map(batch.map(({ key }, place) => [key, answers[place]?.job_id ?? '']));
}

/** A plain insert; one that came through unheard is found by its keys. */
async function insert(client: ServiceClient, batch: PlannedJob[]): Promise<Ids> {
  const { data, error } = await client.from('puppet_jobs').insert(batch.map(rowOf))
    .select('id, idempotency_key').abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS));
  if (!error) return idsOf(data);
  if (error.code !== TAKEN) throw error;
  const found = await client.from('puppet_jobs').select('id, idempotency_key')
    .in('idempotency_key', batch.map(({ key }) => key))
    .abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS)).throwOnError();
  const ids = idsOf(found.data);
  if (ids.size < batch.length) throw new Error('Cannot enqueue: some keys are taken, some are not');
  return ids;
}

function idsOf(rows: { id: string; idempotency_key: string | null }[]): Ids {
  return new Map(rows.map((row) => [row.idempotency_key ?? '', row.id]));
}

function inBatches<Item>(items: Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, place) => items.slice(place * size, (place + 1) * size));
}
