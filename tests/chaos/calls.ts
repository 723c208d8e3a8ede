import { z } from 'zod';
import type { EventOf, LedgerEvent } from './ledger.ts';

/** A call of the engine by an executor: the SQL function's name and its arguments. */
export interface EngineCall {
  name: string;
  body: Body;
}

const NAMES = [
  'claim_jobs',
  'settle_jobs',
  'settle_and_claim_jobs',
  'release_jobs',
  'extend_job_leases',
];

const itemSchema = z.object({
  job_id: z.string(),
  lease_token: z.string(),
  outcome: z.string().default('released'),
  error_type: z.string().nullish(),
});
const bodySchema = z.object({
  p_executor_id: z.string(),
  p_outcomes: z.array(itemSchema).optional(),
  p_jobs: z.array(itemSchema).optional(),
});
type Body = z.infer<typeof bodySchema>;

const settledSchema = z.array(z.object({
  accepted: z.boolean(),
  replayed: z.boolean(),
  decision: z.string().nullable(),
}));
const claimedSchema = z.array(z.object({
  job_id: z.string(),
  lease_token: z.string(),
  attempt_number: z.number(),
  lease_expires_at: z.string(),
}));
const extendedSchema = z.array(z.object({
  held: z.boolean(),
  lease_expires_at: z.string().nullable(),
}));
const bothSchema = z.object({ settled: settledSchema, claimed: claimedSchema });

/** Reads a request to the Data API; undefined where it is none of an executor's calls. */
export function readEngineCall(url: string, body: string): EngineCall | undefined {
  const name = /\/rest\/v1\/rpc\/(\w+)$/.exec(new URL(url).pathname)?.[1] ?? '';
  if (!NAMES.includes(name)) return undefined;
  return { name, body: bodySchema.parse(JSON.parse(body)) };
}

/** Whether the call brings outcomes. */
export function isSettle({ body }: EngineCall): boolean {
  return (body.p_outcomes ?? []).length > 0;
}

/** What a call may do to the database, also when no answer comes back. */
export function reportsIn({ name, body }: EngineCall, at: number): EventOf<'reported'>[] {
  const items = name === 'release_jobs' ? body.p_jobs : body.p_outcomes;
  return (items ?? []).map((item) => ({
    what: 'reported',
    at,
    jobId: item.job_id,
    leaseToken: item.lease_token,
    outcome: item.outcome,
    errorType: item.error_type ?? null,
    by: body.p_executor_id,
  }));
}

/** What the database answered to a call; `answer` is the text of a reply that is no error. */
export function answersTo(
  { name, body }: EngineCall,
  answer: string,
  seen: { seenBy: 'gateway' | 'executor'; askedAt: number; at: number },
): LedgerEvent[] {
  const data: unknown = JSON.parse(answer);
  if (name === 'extend_job_leases') return extensions(body, extendedSchema.parse(data), seen);
  if (name === 'claim_jobs') return claims(body, claimedSchema.parse(data), seen);
  if (name !== 'settle_and_claim_jobs') return settlements(body, settledSchema.parse(data), seen);
  const { settled, claimed } = bothSchema.parse(data);
  return [...settlements(body, settled, seen), ...claims(body, claimed, seen)];
}

type Seen = Parameters<typeof answersTo>[2];

function claims(
  body: Body,
  claimed: z.infer<typeof claimedSchema>,
  seen: Seen,
): EventOf<'claimed'>[] {
  return claimed.map((job) => ({
    what: 'claimed',
    ...seen,
    jobId: job.job_id,
    leaseToken: job.lease_token,
    attempt: job.attempt_number,
    by: body.p_executor_id,
    expiresAt: Date.parse(job.lease_expires_at),
  }));
}

function settlements(
  { p_outcomes, p_jobs }: Body,
  settled: z.infer<typeof settledSchema>,
  { seenBy, at }: Seen,
): EventOf<'answered'>[] {
  return (p_outcomes ?? p_jobs ?? []).flatMap((item, place) => {
    const answer = settled[place];
    if (!answer) return [];
    const { job_id: jobId, lease_token: leaseToken, outcome } = item;
    return [{ what: 'answered' as const, seenBy, at, jobId, leaseToken, outcome, ...answer }];
  });
}

function extensions(
  { p_jobs }: Body,
  extended: z.infer<typeof extendedSchema>,
  { seenBy, at }: Seen,
): EventOf<'extended'>[] {
  return (p_jobs ?? []).flatMap(({ job_id: jobId, lease_token: leaseToken }, place) => {
    const answer = extended[place];
    if (!answer?.held || answer.lease_expires_at === null) return [];
    const expiresAt = Date.parse(answer.lease_expires_at);
    return [{ what: 'extended' as const, seenBy, at, jobId, leaseToken, expiresAt }];
  });
}
