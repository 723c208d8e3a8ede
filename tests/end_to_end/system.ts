import { createClient } from '@supabase/supabase-js';
import type { Database, TablesInsert } from '../../shared/database.types.ts';
import type { ServiceClient } from '../../shared/service_client.ts';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { done, eventually } from '../shared/workspace.ts';

export { done, eventually } from '../shared/workspace.ts';

/** A platform of a test's own, with real ticks once a second, and a target for its deliveries. */
export interface System extends AsyncDisposable {
  readonly platform: Platform;
  readonly client: ServiceClient;
  /** The deliveries that the target has seen. */
  readonly deliveries: Delivery[];
  /** How the target answers from now on. */
  answer(handler: (delivery: Delivery) => Response | Promise<Response>): void;
  /** Enqueues jobs of the type `delivered`. */
  enqueue(...jobs: Partial<TablesInsert<'puppet_jobs'>>[]): Promise<void>;
  jobs(): Promise<Database['public']['Tables']['puppet_jobs']['Row'][]>;
  receipts(): Promise<Receipt[]>;
  /** Waits for the end of the calls under way, and forgets jobs, receipts, deliveries and answers. */
  clear(): Promise<void>;
}

type Receipt = Database['public']['Tables']['puppet_tick_receipts']['Row'];

export interface Delivery {
  jobId: string;
  attempt: number;
}

/** Starts a system whose type `delivered` has the policy given; delays default to 1 s. */
export async function startSystem(
  policy: Partial<TablesInsert<'puppet_job_retry_config'>> = {},
  options: { ticks?: boolean } = {},
): Promise<System> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-e2e-' });
  const platform = await startPlatform({
    folder,
    temporary: true,
    tickSchedule: '1 second',
    ...options,
  });
  const deliveries: Delivery[] = [];
  const agree = () => Response.json({});
  let answer: (delivery: Delivery) => Response | Promise<Response> = agree;
  // Aborted, not shut down: some answers never come.
  const closing = new AbortController();
  const target = Deno.serve(
    { hostname: '127.0.0.1', port: 0, signal: closing.signal, onListen() {} },
    async (request) => {
      const delivery = {
        jobId: request.headers.get('webhook-id') ?? '',
        attempt: Number(request.headers.get('puppet-attempt')),
      };
      await request.body?.cancel();
      deliveries.push(delivery);
      return await answer(delivery);
    },
  );
  const client = createClient<Database>(platform.url, platform.keys.secret, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { error } = await client.from('puppet_job_retry_config').insert({
    job_type: 'delivered',
    endpoint_url: `http://127.0.0.1:${target.addr.port}/`,
    base_delay_seconds: 1,
    backoff_multiplier: 1,
    jitter_enabled: false,
    timeout_seconds: 5,
    ...policy,
  });
  if (error) throw error;
  const receipts = async () =>
    done(await client.from('puppet_tick_receipts').select().order('created_at'));
  return {
    platform,
    client,
    deliveries,
    answer: (handler) => void (answer = handler),
    async enqueue(...jobs) {
      const rows = jobs.map((job) => ({
        user_id: crypto.randomUUID(),
        job_type: 'delivered',
        ...job,
      }));
      const { error } = await client.from('puppet_jobs').insert(rows, { defaultToNull: false });
      if (error) throw error;
    },
    async jobs() {
      const { data, error } = await client.from('puppet_jobs').select().order('created_at')
        .order('id');
      if (error) throw error;
      return data;
    },
    receipts,
    async clear() {
      await eventually('no call is under way', async () => !(await receipts()).some(isUnderWay));
      await withDatabase(platform.dbUrl, async (sql) => {
        await sql`delete from public.puppet_jobs`;
        await sql`delete from public.puppet_tick_receipts`;
      });
      deliveries.length = 0;
      answer = agree;
    },
    async [Symbol.asyncDispose]() {
      await platform.stop();
      closing.abort();
      await target.finished;
    },
  };
}

/** Calls of long ago are those that nobody will finish. */
function isUnderWay({ started_at, finished_at }: Receipt): boolean {
  return started_at !== null && finished_at === null &&
    Date.parse(started_at) > Date.now() - 1_800_000;
}
