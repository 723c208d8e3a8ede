import * as fc from 'fast-check';

const ERRORS = ['timeout', 'network', 'rate_limit', 'permission', 'of_their_own'];

/** Columns of a policy within the table's checks, with small numbers, so that limits are met. */
export const policyColumns = fc.record({
  max_retries: fc.nat(4),
  base_delay_seconds: fc.constantFrom(1, 20, 100),
  backoff_multiplier: fc.constantFrom(1, 1.5, 2, 10, 100),
  max_delay_seconds: fc.constantFrom(100, 101, 5000, 86400),
  jitter_enabled: fc.boolean(),
  max_jitter_seconds: fc.constantFrom(0, 7, 300),
  jitter_strategy: fc.constantFrom('additive', 'full', 'equal'),
  delay_schedule_seconds: fc.option(fc.constantFrom<number[]>([0], [5, 50, 500], [40, 200_000])),
  max_retry_after_seconds: fc.constantFrom(0, 60, 604_800),
  max_elapsed_seconds: fc.option(fc.constantFrom(60, 1000, 100_000), { freq: 2 }),
  timeout_seconds: fc.constantFrom(1, 30, 300),
  max_crashes: fc.integer({ min: 1, max: 4 }),
  retry_on_error_types: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constant<string[]>([...ERRORS, 'temporary_error', 'unknown_error']),
    },
    { weight: 1, arbitrary: fc.subarray(ERRORS) },
  ),
  do_not_retry_on: fc.subarray(['permission', 'validation_error', 'network'], { maxLength: 2 }),
  enabled: fc.nat(9).map((n) => n > 0),
  endpoint_url: fc.option(fc.constant('https://example.com/puppet'), { freq: 2 }),
});

export type PolicyColumns = typeof policyColumns extends fc.Arbitrary<infer Columns> ? Columns
  : never;
