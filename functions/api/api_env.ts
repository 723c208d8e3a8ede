import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '../../shared/database.types.ts';
import type { Logger } from '../../shared/logger.ts';

/** Who sent a request, and the client that acts with just their rights. */
export interface Caller {
  /** Service: everything. User: what row level security and the functions let them. */
  client: SupabaseClient<Database>;
  isService: boolean;
  /** The service, and users whose `app_metadata.puppet_admin` is true. */
  isAdmin: boolean;
}

/** What the API works with. */
export interface ApiOptions {
  /** Who sent the request; throws HttpProblem 401 for nobody. */
  identify(request: Request): Promise<Caller>;
  /** The client that acts as the service, for what is open to everybody. */
  serviceClient(): SupabaseClient<Database>;
  /** Web origins that may call, comma separated; `*` for all. */
  corsOrigins(): string;
  logger: Logger;
}

/** What Hono's context holds for the API's handlers. */
export interface ApiEnv {
  Variables: { api: ApiOptions; caller: Caller; requestId: string };
}
