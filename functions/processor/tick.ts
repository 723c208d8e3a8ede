import { z } from 'zod';
import { HttpProblem } from '../../shared/http_problem.ts';

/** How old or how far ahead a tick's timestamp may be, in seconds. */
const VALID_SECONDS = 60;

const tickSchema = z.object({
  receiptId: z.guid(),
  timestamp: z.coerce.number().int(),
  signature: z.string().regex(/^v1,[A-Za-z0-9+/]{43}=$/),
});

/** What a tick's call says of itself; `timestamp` in seconds since 1970. */
export type Tick = z.infer<typeof tickSchema>;

/**
 * The tick that the headers carry, undefined for a call that is none.
 *
 * What cannot be genuine is refused here (401), without asking the database; whether the signature
 * holds, only the database knows: the secret never leaves it.
 */
export function readTick(headers: Headers, now = Date.now()): Tick | undefined {
  if (!headers.has('puppet-receipt')) return undefined;
  const tick = tickSchema.safeParse({
    receiptId: headers.get('puppet-receipt'),
    timestamp: headers.get('puppet-timestamp'),
    signature: headers.get('puppet-signature'),
  });
  const fresh = tick.success && Math.abs(now / 1000 - tick.data.timestamp) <= VALID_SECONDS;
  if (!tick.success || !fresh) {
    throw new HttpProblem({
      status: 401,
      code: 'unauthorized',
      title: 'Unauthorized',
      detail: tick.success
        ? 'The tick is stale: its timestamp must be within 60 s of now.'
        : 'The tick is malformed: it needs puppet-receipt, puppet-timestamp and puppet-signature.',
    });
  }
  return tick.data;
}
