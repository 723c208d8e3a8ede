import { createContextClient, type VerifyAuthOptions } from '@supabase/server/core';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '../../shared/database.types.ts';
import { readEnvironment } from '../../shared/environment.ts';
import { createServiceClient, type ServiceClient } from '../../shared/service_client.ts';

/** Where the project's address and keys come from, if not from the environment. */
export type AuthEnvironment = NonNullable<VerifyAuthOptions['env']>;

/** The client of those who send the secret key. */
export function clientOfService(environment = readEnvironment): ServiceClient {
  return createServiceClient(environment, fetchOnce);
}

/** The client of the signed-in user with this token; of nobody without one. */
export function clientOfUser(token: string | null, env: AuthEnvironment): SupabaseClient<Database> {
  return createContextClient<Database>({
    auth: { token },
    env,
    supabaseOptions: { global: { fetch: fetchOnce } },
  });
}

/**
 * Deno's fetch sends a POST again when a kept connection breaks before the answer, which can do what
 * was asked twice. A stream is nothing that it could send again. Reads go by POST as well, and are
 * not told apart.
 */
const fetchOnce: typeof fetch = (input, init) =>
  fetch(
    input,
    init && 'body' in init && typeof init.body === 'string'
      ? { ...init, body: new Blob([init.body]).stream() }
      : init,
  );
