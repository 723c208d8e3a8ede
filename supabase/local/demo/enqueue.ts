import { z } from 'zod';
import type { ServiceClient } from '../../../shared/service_client.ts';
import type { PlannedJob } from './jobs.ts';

const ROWS_PER_INSERT = 50;

// Every sixth job goes through the function, the others through the table.
const RPC_SHARE = 6;

const OWNERS = Array.from({ length: 3 }, () => crypto.randomUUID());

const answersSchema = z.array(z.object({ job_id: z.guid(), created: z.boolean() }));

/** Enqueues the jobs by both ways that users have, and returns their ids; throws when one is refused. */
export async function enqueue(client: ServiceClient, jobs: PlannedJob[]): Promise<string[]> {
  const rows = jobs.map(rowOf);
  const byInsert = rows.filter((_, place) => place % RPC_SHARE !== 0);
  const byRpc = rows.filter((_, place) => place % RPC_SHARE === 0);
  const ids: string[] = [];
  for (let start = 0; start < byInsert.length; start += ROWS_PER_INSERT) {
    ids.push(...await insert(client, byInsert.slice(start, start + ROWS_PER_INSERT)));
  }
  ids.push(...await enqueueTwice(client, byRpc));
  return ids;
}

type Row = ReturnType<typeof rowOf>;

function rowOf(job: PlannedJob, place: number) {
  const deadline = job.deadlineSeconds === null ? null : Date.now() + job.deadlineSeconds * 1000;
  return {
    user_id: OWNERS[place % OWNERS.length] ?? '',
    job_type: job.jobType,
    job_config: { order: place + 1, script: job.script },
    priority: job.priority,
    max_retries: job.maxRetries,
    retry_enabled: job.retryEnabled,
    deadline_at: deadline === null ? null : new Date(deadline).toISOString(),
  };
}

async function insert(client: ServiceClient, rows: Row[]): Promise<string[]> {
  const { data, error } = await client.from('puppet_jobs').insert(rows).select('id');
  if (error) throw new Error(`Cannot insert jobs: ${error.message}`, { cause: error });
  return data.map(({ id }) => id);
}

/** Sends the batch again, as a client does that got no reply: the second call must create nothing. */
async function enqueueTwice(client: ServiceClient, rows: Row[]): Promise<string[]> {
  const batch = rows.map((row) => ({
    ...row,
    idempotency_key: `demo-${row.job_config.order}`,
  }));
  const first = await callEnqueue(client, batch);
  const second = await callEnqueue(client, batch);
  if (second.some(({ created }) => created)) {
    throw new Error('Cannot trust enqueue_jobs: the same batch sent twice created jobs twice');
  }
  return first.map(({ job_id }) => job_id);
}

async function callEnqueue(client: ServiceClient, batch: Row[]) {
  const { data, error } = await client.rpc('enqueue_jobs', { p_jobs: batch });
  if (error) throw new Error(`Cannot enqueue jobs: ${error.message}`, { cause: error });
  return answersSchema.parse(data);
}
