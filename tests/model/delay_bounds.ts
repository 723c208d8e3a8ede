import type { Span } from './moments.ts';
import type { Policy } from './rows.ts';

/** The wait before jitter after so many retries, in seconds. */
function rawDelay(policy: Policy, retries: number): number {
  const schedule = policy.delay_schedule_seconds;
  const wait = schedule
    ? schedule[Math.min(retries, schedule.length - 1)] ?? 0
    // Infinity is as good as any number above the maximum.
    : policy.base_delay_seconds * policy.backoff_multiplier ** retries;
  return Math.min(wait, policy.max_delay_seconds);
}

/** The most seconds of jitter that an additive wait, or one that was asked for, may have. */
function mostAdded(policy: Policy): number {
  return policy.jitter_enabled
    ? Math.min(policy.max_jitter_seconds, policy.max_delay_seconds / 2)
    : 0;
}

/** The delay for a given u, as the contract's formula says, not rounded. */
function delayFor(policy: Policy, retries: number, retryAfter: number | null, u: number): number {
  const raw = rawDelay(policy, retries);
  const most = policy.max_delay_seconds;
  const jitter = mostAdded(policy);
  const own = !policy.jitter_enabled
    ? raw
    : policy.jitter_strategy === 'full'
    ? Math.max(1, u * raw)
    : policy.jitter_strategy === 'equal'
    ? raw / 2 + u * raw / 2
    : Math.min(raw, most - jitter) + u * jitter;
  if (retryAfter === null) return own;
  return Math.max(own, Math.min(retryAfter + u * jitter, policy.max_retry_after_seconds));
}

/** The least and the most whole seconds that a failure after so many retries may have to wait. */
export function delayBounds(policy: Policy, retries: number, retryAfter: number | null): Span {
  return {
    from: Math.floor(delayFor(policy, retries, retryAfter, 0)),
    to: Math.ceil(delayFor(policy, retries, retryAfter, 1)),
  };
}

/** How many of those seconds may be jitter. */
export function jitterBounds(policy: Policy, retries: number, retryAfter: number | null): Span {
  const raw = rawDelay(policy, retries);
  const own = policy.jitter_strategy === 'full'
    ? raw
    : policy.jitter_strategy === 'equal'
    ? raw / 2
    : mostAdded(policy);
  const most = retryAfter === null ? own : Math.max(own, mostAdded(policy));
  return { from: 0, to: policy.jitter_enabled ? Math.ceil(most) : 0 };
}
