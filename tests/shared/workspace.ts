import { createClient } from '@supabase/supabase-js';
import type { Database, TablesInsert } from '../../shared/database.types.ts';
import type { Logger } from '../../shared/logger.ts';
import { createServiceClient, type ServiceClient } from '../../shared/service_client.ts';
import { readEnvironment } from '../../shared/environment.ts';

/** A job type of one test alone, in the real database, through the real Data API. */
export interface Workspace extends AsyncDisposable {
  readonly jobType: string;
  readonly client: ServiceClient;
  /** Enqueues jobs of the type, due now unless a column says otherwise; returns their ids. */
  enqueue(...jobs: Partial<TablesInsert<'puppet_jobs'>>[]): Promise<string[]>;
  /** The jobs of the type, oldest first; those of one call are of one time, and in order of id. */
  jobs(): Promise<Database['public']['Tables']['puppet_jobs']['Row'][]>;
  /** The type's history, in order of time. */
  history(): Promise<Database['public']['Tables']['puppet_job_retry_history']['Row'][]>;
}

/** Makes a job type with a policy; all of it is removed at the end. */
export async function openWorkspace(
  policy: Partial<TablesInsert<'puppet_job_retry_config'>> = {},
): Promise<Workspace> {
  const client = createServiceClient();
  const jobType = `test_${crypto.randomUUID().slice(0, 8)}`;
  const user_id = crypto.randomUUID();
  done(
    await client.from('puppet_job_retry_config')
      .insert({ job_type: jobType, jitter_enabled: false, ...policy }),
  );
  return {
    jobType,
    client,
    async enqueue(...jobs) {
      const rows = jobs.map((job) => ({ user_id, job_type: jobType, ...job }));
      return done(
        await client.from('puppet_jobs').insert(rows, { defaultToNull: false }).select('id'),
      ).map(({ id }) => id);
    },
    async jobs() {
      return done(
        await client.from('puppet_jobs').select().eq('job_type', jobType).order('created_at')
          .order('id'),
      );
    },
    async history() {
      return done(
        await client.from('puppet_job_retry_history').select().eq('job_type', jobType)
          .order('created_at').order('id'),
      );
    },
    async [Symbol.asyncDispose]() {
      done(await client.from('puppet_jobs').delete().eq('job_type', jobType));
      done(await client.from('puppet_job_retry_config').delete().eq('job_type', jobType));
    },
  };
}

/** A service client whose requests go through `through`, as a bad network would have them. */
export function clientThrough(through: typeof fetch): ServiceClient {
  return createClient<Database>(
    readEnvironment('SUPABASE_URL') ?? '',
    readEnvironment('SUPABASE_SECRET_KEY') ?? '',
    { global: { fetch: through }, auth: { persistSession: false, autoRefreshToken: false } },
  );
}

/** The data of a reply that must not be an error. */
export function done<Data>(reply: { data: Data; error: Error | null }): NonNullable<Data> {
  if (reply.error) throw reply.error;
  // A write without a selection answers no rows.
  return reply.data ?? ([] as NonNullable<Data>);
}

/** A logger that keeps its lines. */
export function listeningLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const keep = (message: string, fields?: object) => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { lines, info: keep, warn: keep, error: keep };
}

export async function eventually(what: string, isTrue: () => Promise<boolean> | boolean) {
  const until = Date.now() + 20_000;
  while (!await isTrue()) {
    if (Date.now() > until) throw new Error(`this never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
