import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { createApi } from '../../../functions/api/app.ts';
import type { ApiOptions } from '../../../functions/api/api_env.ts';
import { createIdentify } from '../../../functions/api/caller.ts';
import { clientOfService } from '../../../functions/api/database_clients.ts';
import type { Database, TablesInsert } from '../../../shared/database.types.ts';
import type { ServiceClient } from '../../../shared/service_client.ts';
import { TextLineStream } from '../../../supabase/local/text_lines.ts';
import { done, listeningLogger } from '../../shared/workspace.ts';
import { type Actor, USERS } from './users.ts';

type Job = Partial<TablesInsert<'puppet_jobs'>>;

/** The API over a real database of its own. */
export interface ApiFixture extends AsyncDisposable {
  readonly app: ReturnType<typeof createApi>;
  readonly client: ServiceClient;
  readonly env: Record<string, string>;
  readonly tokens: Record<string, string>;
  /** What the API logged. */
  readonly lines: string[];
  /** Sends a request; `body` is sent as JSON, unless it is a string. */
  send(actor: Actor, method: string, path: string, body?: unknown, headers?: HeadersInit): Promise<
    Response
  >;
  headersOf(actor: Actor): Record<string, string>;
  /** Inserts a job of the owner; returns its id. */
  insertJob(job?: Job): Promise<string>;
  /** A job of the owner that failed for good. */
  insertFailedJob(job?: Job): Promise<string>;
}

const platformSchema = z.object({
  env: z.record(z.string(), z.string()),
  tokens: z.record(z.string(), z.string()),
});

/** Starts a platform in a process of its own, and the API over it in this one. */
export async function startApi(changes: Partial<ApiOptions> = {}): Promise<ApiFixture> {
  const { env, tokens, stop } = await holdPlatform();
  const client = clientOfService((name) => env[name]);
  const logger = listeningLogger();
  const app = createApi({ ...optionsOver(env), logger, ...changes });
  const headersOf = (actor: Actor): Record<string, string> => {
    if (actor === 'nobody') return {};
    if (actor === 'service') return { apikey: env.SUPABASE_SECRET_KEY ?? '' };
    return {
      apikey: env.SUPABASE_PUBLISHABLE_KEY ?? '',
      authorization: `Bearer ${tokens[actor]}`,
    };
  };
  const insertJob = async (job: Job = {}) => {
    const row = { user_id: USERS.owner.sub, job_type: 'api_test', ...job };
    const reply = await client.from('puppet_jobs').insert([row], { defaultToNull: false })
      .select('id');
    return done(reply)[0]?.id ?? '';
  };
  return {
    app,
    client,
    env,
    tokens,
    lines: logger.lines,
    headersOf,
    insertJob,
    insertFailedJob: (job) =>
      insertJob({
        status: 'permanently_failed',
        final_status: 'permanently_failed',
        stop_reason: 'max_retries_reached',
        completed_at: new Date().toISOString(),
        ...job,
      }),
    async send(actor, method, path, body, headers = {}) {
      const init = body === undefined ? {} : {
        body: typeof body === 'string' ? body : JSON.stringify(body),
      };
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      return await app.request(`/api${path}`, {
        method,
        headers: { ...headersOf(actor), ...json, ...headers },
        ...init,
      });
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** What the API is made of over the platform with this environment. */
export function optionsOver(env: Record<string, string>): ApiOptions {
  const client = clientOfService((name) => env[name]);
  return {
    identify: createIdentify(() => client, authEnvironment(env)),
    serviceClient: () => client,
    corsOrigins: () => '*',
    logger: listeningLogger(),
  };
}

/** The API for a caller who may do everything, over this client. */
export function apiOver(client: ServiceClient) {
  return createApi({
    identify: () => Promise.resolve({ client, isService: true, isAdmin: true }),
    serviceClient: () => client,
    corsOrigins: () => '*',
    logger: listeningLogger(),
  });
}

/** A client of a user, as a browser has it. */
export function userClient({ env, tokens }: ApiFixture, actor: keyof typeof USERS) {
  return createClient<Database>(env.SUPABASE_URL ?? '', env.SUPABASE_PUBLISHABLE_KEY ?? '', {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { authorization: `Bearer ${tokens[actor]}` } },
  });
}

/** The answer's JSON, whose status must be this one. */
export async function answerOf(response: Response, status = 200) {
  const body = await response.json();
  assert.equal(response.status, status, JSON.stringify(body));
  return body;
}

/** The answer must be this problem; returns it. */
export async function assertProblem(response: Response, status: number, code: string) {
  const problem = await answerOf(response, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.equal(problem.code, code, JSON.stringify(problem));
  assert.equal(problem.status, status);
  assert.ok(problem.title.length > 5 && problem.detail.length > 10, JSON.stringify(problem));
  return problem;
}

function authEnvironment(env: Record<string, string>) {
  return {
    url: env.SUPABASE_URL ?? '',
    publishableKeys: { default: env.SUPABASE_PUBLISHABLE_KEY ?? '' },
    secretKeys: { default: env.SUPABASE_SECRET_KEY ?? '' },
    jwks: JSON.parse(env.SUPABASE_JWKS ?? ''),
  };
}

async function holdPlatform() {
  const program = new URL('./hold_platform.ts', import.meta.url);
  const child = new Deno.Command('npx', {
    args: ['-y', 'deno@2.9.6', 'run', '--allow-all', '--no-lock', program.pathname],
    stdin: 'piped',
    stdout: 'piped',
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const { value } = await lines.read();
  if (value === undefined) throw new Error('the platform of the test did not start');
  return {
    ...platformSchema.parse(JSON.parse(value)),
    async stop() {
      await child.stdin.close();
      await lines.cancel();
      await child.status;
    },
  };
}
