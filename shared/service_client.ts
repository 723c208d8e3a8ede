import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { Database } from './database.types.ts';
import { readEnvironment } from './environment.ts';
import { PuppetRetryError } from './errors.ts';

/** A supabase-js client that acts as service_role. */
export type ServiceClient = SupabaseClient<Database>;

/**
 * Makes the client that the services use, from SUPABASE_URL and the project's secret key.
 *
 * Keys are looked for in SUPABASE_SECRET_KEYS (JSON, name to key), SUPABASE_SECRET_KEY and
 * SUPABASE_SERVICE_ROLE_KEY. Its requests are made by `fetch`. Throws PuppetRetryError `not_configured` where one is missing.
 */
export function createServiceClient(
  environment: (name: string) => string | undefined = readEnvironment,
  fetch = globalThis.fetch,
): ServiceClient {
  const url = environment('SUPABASE_URL');
  const key = secretKey(environment);
  if (!url || !key) {
    throw new PuppetRetryError(
      'not_configured',
      `Cannot reach the database: ${url ? 'SUPABASE_SECRET_KEY' : 'SUPABASE_URL'} is not set`,
    );
  }
  return createClient<Database>(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch },
  });
}

function secretKey(environment: (name: string) => string | undefined): string | undefined {
  return namedKey(environment('SUPABASE_SECRET_KEYS')) ??
    environment('SUPABASE_SECRET_KEY') ?? environment('SUPABASE_SERVICE_ROLE_KEY');
}

/** The key called `default`, else the first; undefined for anything that is not a JSON object. */
function namedKey(json: string | undefined): string | undefined {
  const keys = z.record(z.string(), z.string()).safeParse(parseJson(json));
  if (!keys.success) return undefined;
  return keys.data.default ?? Object.values(keys.data)[0];
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
