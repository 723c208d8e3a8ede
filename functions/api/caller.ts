import { verifyAuth } from '@supabase/server/core';
import { z } from '@hono/zod-openapi';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from '../../shared/database.types.ts';
import type { Caller } from './api_env.ts';
import { type AuthEnvironment, clientOfUser } from './database_clients.ts';
import { problem } from './problem.ts';

/** What must hold of a token beyond its signature; the database casts `sub` to a uuid. */
const claimsSchema = z.object({
  sub: z.guid(),
  role: z.literal('authenticated'),
  app_metadata: z.object({ puppet_admin: z.unknown() }).optional().catch(undefined),
});

/**
 * Makes the check of who sends a request: the project's secret key in `apikey`, or a signed-in
 * user's token as bearer. The check throws HttpProblem 401.
 */
export function createIdentify(
  serviceClient: () => SupabaseClient<Database>,
  env: AuthEnvironment = {},
): (request: Request) => Promise<Caller> {
  return async (request) => {
    const { data, error } = await verifyAuth(request, { auth: ['secret:*', 'user'], env });
    if (error && error.status >= 500) throw error;
    if (error) throw unauthorized();
    if (data.authMode === 'secret') {
      return { client: serviceClient(), isService: true, isAdmin: true };
    }
    const claims = claimsSchema.safeParse(data.jwtClaims);
    if (!claims.success) throw unauthorized();
    return {
      client: clientOfUser(data.token, env),
      isService: false,
      isAdmin: claims.data.app_metadata?.puppet_admin === true,
    };
  };
}

/** The problem of a caller that is not known. */
export function unauthorized() {
  return problem(
    'unauthorized',
    "Send a signed-in user's valid token as 'Authorization: Bearer …', or the project's secret " +
      'key in the header apikey.',
    { headers: { 'www-authenticate': 'Bearer' } },
  );
}
