import { z } from 'zod';

// What was seen from outside the database. Times, `at` and `…At`, are ms since 1970 by this machine's
// clock, also where the process that saw it has its own clock off.
const stamp = { at: z.number() };
const lease = { ...stamp, jobId: z.string(), leaseToken: z.string() };
/** The gateway sees every answer of the database; an executor those that reached it. */
const seenBy = z.enum(['gateway', 'executor']);

const eventSchema = z.discriminatedUnion('what', [
  /** The database has said that it has the job. */
  z.object({ what: z.literal('enqueued'), ...stamp, jobId: z.string(), key: z.string() }),
  /** An attempt's work began, in a handler or at the target. */
  z.object({
    what: z.literal('started'),
    ...stamp,
    execution: z.string(),
    jobId: z.string(),
    attempt: z.number(),
    by: z.string(),
    pid: z.number(),
  }),
  z.object({
    what: z.literal('ended'),
    ...stamp,
    execution: z.string(),
    ending: z.enum(['succeeded', 'failed', 'snoozed', 'aborted']),
  }),
  z.object({ what: z.literal('died'), ...stamp, by: z.string() }),
  z.object({
    what: z.literal('claimed'),
    ...lease,
    seenBy,
    askedAt: z.number(),
    attempt: z.number(),
    by: z.string(),
    expiresAt: z.number(),
  }),
  z.object({ what: z.literal('extended'), ...lease, seenBy, expiresAt: z.number() }),
  /** An outcome was on its way to the database; `outcome` may also be released. */
  z.object({
    what: z.literal('reported'),
    ...lease,
    outcome: z.string(),
    errorType: z.string().nullable(),
    by: z.string(),
  }),
  /** What the database answered to it. */
  z.object({
    what: z.literal('answered'),
    ...lease,
    seenBy,
    outcome: z.string(),
    accepted: z.boolean(),
    replayed: z.boolean(),
    decision: z.string().nullable(),
  }),
]);

export type LedgerEvent = z.infer<typeof eventSchema>;
export type EventOf<What extends LedgerEvent['what']> = Extract<LedgerEvent, { what: What }>;

/** Takes down what was seen. */
export type Note = (event: LedgerEvent) => void;

/** Now, by the machine's clock, even where `Date` was patched. */
export function realNow(): number {
  return performance.timeOrigin + performance.now();
}

/** A file that keeps every event of a process, though the process be killed at any moment. */
export function openLedgerFile(path: string): Note {
  const file = Deno.openSync(path, { append: true, create: true });
  const encoder = new TextEncoder();
  // One write, made before it returns: the system has it, whatever becomes of us.
  return (event) => void file.writeSync(encoder.encode(JSON.stringify(event) + '\n'));
}

/** Reads a ledger file. */
export async function readLedgerFile(path: string): Promise<LedgerEvent[]> {
  const lines = (await Deno.readTextFile(path)).split('\n').filter((line) => line !== '');
  return lines.map((line) => eventSchema.parse(JSON.parse(line)));
}
