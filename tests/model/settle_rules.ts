import type { Span } from './moments.ts';
import type { Outcome } from './attempts.ts';
import { settleHeld, settleLate } from './outcome_rules.ts';
import type { Job } from './rows.ts';
import { type Item, type Jobs, policyOf, type World } from './world.ts';

/** What must be answered to one item; undefined where the contract leaves it open. */
export interface Answer {
  job_id: string | null;
  accepted: boolean;
  replayed: boolean;
  decision?: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const REPORTED = ['completed', 'failed', 'cancelled', 'snoozed'];

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function outcomeOf(item: Item, kinds: string[]): Outcome | null {
  const kind = text(item.outcome);
  if (kind === undefined || !kinds.includes(kind)) return null;
  if (kind === 'snoozed' && number(item.snooze_seconds) === undefined) return null;
  return {
    kind,
    error_type: text(item.error_type),
    error_message: text(item.error_message),
    retry_after_seconds: number(item.retry_after_seconds),
    snooze_seconds: number(item.snooze_seconds),
    duration_ms: number(item.duration_ms),
    result: item.result,
  };
}

/** Applies one item to the jobs, as if it came alone, and says what must be answered. */
export function settleItem(
  world: World,
  jobs: Jobs,
  item: Item,
  kinds: string[],
  now: Span,
  seen: Map<string, Job>,
): Answer {
  const id = text(item.job_id);
  const job_id = id !== undefined && UUID.test(id) ? id : null;
  const refused = { job_id, accepted: false, replayed: false };
  const token = text(item.lease_token);
  const outcome = outcomeOf(item, kinds);
  const known = job_id === null ? undefined : jobs.get(job_id);
  if (!known || !outcome || token === undefined) return refused;
  const { row } = known;
  const isLast = row.lease_token === token;
  const policy = policyOf(world, row.job_type);
  const circumstances = { policy, now, seen: seen.get(row.id) ?? row };
  if (row.status === 'running' && isLast) {
    const move = settleHeld(known, outcome, circumstances);
    jobs.set(row.id, move.known);
    return { job_id, accepted: true, replayed: false, decision: move.decision };
  }
  if (known.settled?.token === token) {
    const replayed = known.settled.outcome === outcome.kind;
    return { job_id, accepted: replayed, replayed };
  }
  if (outcome.kind === 'completed' && row.status === 'queued' && known.rescued && isLast) {
    const move = settleLate(known, outcome, circumstances);
    jobs.set(row.id, move.known);
    return { job_id, accepted: true, replayed: false, decision: move.decision };
  }
  return refused;
}
