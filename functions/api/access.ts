import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApiEnv, Caller } from './api_env.ts';
import { problem } from './problem.ts';

const USER = { userToken: [] };
const SERVICE = { secretKey: [] };

/** Routes for the service and for signed-in users, who see and change only what is theirs. */
export const forSignedIn = access(() => true, '', [USER, SERVICE]);

/** Routes for the service and for admins. */
export const forAdmins = access(
  (caller) => caller.isAdmin,
  "Only admins (app_metadata.puppet_admin) and the project's secret key may.",
  [USER, SERVICE],
);

/** Routes for the service alone. */
export const forService = access(
  (caller) => caller.isService,
  "Only the project's secret key, in the header apikey, may.",
  [SERVICE],
);

/** Bodies of up to 1 MB. */
export const smallBody = limitBody(1024 * 1024, '1 MB');

/** Bodies of up to 8 MB. */
export const largeBody = limitBody(8 * 1024 * 1024, '8 MB');

function access(
  mayCall: (caller: Caller) => boolean,
  otherwise: string,
  security: Record<string, string[]>[],
) {
  const middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const caller = await c.var.api.identify(c.req.raw);
    if (!mayCall(caller)) throw problem('forbidden', otherwise);
    c.set('caller', caller);
    await next();
  };
  return { middleware, security };
}

function limitBody(maxSize: number, words: string): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw problem('body_too_large', `Send at most ${words}.`);
    },
  });
}
