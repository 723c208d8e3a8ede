import * as fc from 'fast-check';
import type postgres from 'postgres';
import { claim, type ClaimCall } from '../claim_rules.ts';
import { micros } from '../moments.ts';
import { perform, type Seen, settleStep } from '../step.ts';
import {
  EXECUTORS,
  handledTypes,
  type Jobs,
  type Known,
  policyOf,
  TYPES,
  type World,
} from '../world.ts';
import { always, command, type ModelCommand } from './command.ts';

export interface ClaimInput {
  executor: string;
  limit: number;
  types: string[] | null;
  includeNew: boolean;
  includeRetries: boolean;
  leaseSeconds: number | null;
  token: string | null;
}

export interface Claimed {
  job_id: string;
  lease_token: string;
  lease_expires_at: string;
  [field: string]: unknown;
}

export const claimInput: fc.Arbitrary<ClaimInput> = fc.record({
  executor: fc.constantFrom(...EXECUTORS),
  limit: fc.integer({ min: 0, max: 5 }),
  types: fc.option(fc.subarray([...TYPES, 'nobody'], { minLength: 1 }), { freq: 2 }),
  includeNew: fc.nat(4).map((n) => n > 0),
  includeRetries: fc.nat(4).map((n) => n > 0),
  leaseSeconds: fc.option(fc.constantFrom(1, 60, 3600), { freq: 2 }),
  token: fc.option(fc.uuid({ version: 4 }), { freq: 2 }),
});

export function callOf(world: World, input: ClaimInput): ClaimCall {
  return { ...input, types: input.types ?? handledTypes(world) };
}

export function sendClaim(sql: postgres.TransactionSql, input: ClaimInput) {
  return sql<{ claimed: Claimed[] }[]>`
    select claim_jobs(${input.executor}, ${input.limit}, ${input.types}::text[],
      ${input.includeNew}, ${input.includeRetries}, ${input.leaseSeconds}, ${input.token})
      as claimed
  `;
}

/** What the claim must answer about a job; what the rows tell is taken from there. */
function answerFor(world: World, { row }: Known, seen: Known['row'] | undefined) {
  const policy = policyOf(world, row.job_type);
  return {
    job_id: row.id,
    job_type: row.job_type,
    job_config: row.job_config,
    priority: row.priority,
    attempt_number: row.execution_attempts,
    is_retry: row.final_status === 'failed',
    retry_count: row.retry_count,
    max_retries: row.max_retries ?? policy.max_retries,
    timeout_seconds: policy.timeout_seconds,
    lease_token: seen?.lease_token,
    lease_expires_at: seen?.execution_timeout_at,
    deadline_at: row.deadline_at,
    endpoint_url: policy.job_type === row.job_type ? policy.endpoint_url : null,
  };
}

/** Applies a claim to the jobs and says what is wrong with its answer. */
export function judgeClaim(
  world: World,
  jobs: Jobs,
  call: ClaimCall,
  claimed: Claimed[],
  seen: Seen<unknown>,
  at: number,
): string[] {
  const { handedOut, problems } = claim(world, jobs, call, seen.now, at, seen.rows);
  const expected = handedOut.map((known) => answerFor(world, known, seen.rows.get(known.row.id)));
  const answered = claimed.map(({ user_id: _, ...job }) => ({
    ...job,
    lease_expires_at: micros(job.lease_expires_at),
    deadline_at: typeof job.deadline_at === 'string' ? micros(job.deadline_at) : null,
  }));
  return [...problems, ...answerProblems(expected, answered)];
}

function answerProblems(expected: { job_id: string }[], answered: { job_id: string }[]): string[] {
  if (expected.length !== answered.length) {
    return [`the claim answered ${answered.length} jobs, not ${expected.length}`];
  }
  // Jobs of the same rank have no order among themselves.
  return expected.flatMap((job) => {
    const answer = answered.find(({ job_id }) => job_id === job.job_id);
    return answer ? differencesOf(job, answer) : [`the claim did not answer ${job.job_id}`];
  });
}

function differencesOf(expected: object, answer: object): string[] {
  const found = new Map(Object.entries(answer));
  return Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(found.get(field)) !== JSON.stringify(value))
    .map(([field, value]) => `the claim should say ${field} ${value}: it says ${found.get(field)}`);
}

/** Keeps what the executor learnt. */
export function noteClaim(world: World, input: ClaimInput, claimed: Claimed[]): void {
  world.vanished.delete(input.executor);
  if (input.token) world.claims.push({ executor: input.executor, token: input.token });
  for (const { job_id, lease_token } of claimed) {
    world.leases.push({ job_id, lease_token, executor: input.executor });
  }
}

function claimCommand(input: ClaimInput): ModelCommand {
  return command('claim', input, always, async (world, real) => {
    const call = callOf(world, input);
    const seen = await perform(real, (sql) => sendClaim(sql, input));
    const claimed = seen.reply?.claimed ?? [];
    settleStep(world, seen, (jobs, at) => judgeClaim(world, jobs, call, claimed, seen, at));
    noteClaim(world, input, claimed);
  });
}

function claimAgain(input: ClaimInput, nth: number, byTheSame: boolean): ModelCommand {
  const possible = (world: World) => world.claims.length > 0;
  return command('claim_again', { ...input, nth, byTheSame }, possible, async (world, real) => {
    const earlier = world.claims[world.claims.length - 1 - nth % world.claims.length];
    if (!earlier) return;
    const executor = byTheSame ? earlier.executor : input.executor;
    const again = { ...input, executor, token: earlier.token };
    const seen = await perform(real, (sql) => sendClaim(sql, again));
    const claimed = seen.reply?.claimed ?? [];
    const call = callOf(world, again);
    settleStep(world, seen, (jobs, at) => judgeClaim(world, jobs, call, claimed, seen, at));
    noteClaim(world, again, claimed);
  });
}

export const claims: fc.Arbitrary<ModelCommand>[] = [
  claimInput.map(claimCommand),
  claimInput.map((input) => claimCommand({ ...input, types: TYPES, includeNew: true })),
  fc.tuple(claimInput, fc.nat(3), fc.boolean()).map(([...given]) => claimAgain(...given)),
];
