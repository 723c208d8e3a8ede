import * as fc from 'fast-check';
import { type Item, pickLease, type World } from './world.ts';

/** An outcome to be reported: of which lease, and what is said. */
export interface ItemInput {
  nth: number;
  live: boolean;
  wrongToken: boolean;
  said: Item;
}

const ERROR_TYPES = [
  'timeout',
  'network',
  'rate_limit',
  'temporary_error',
  'unknown_error',
  'authentication',
  'permission',
  'validation_error',
  'of_their_own',
];

const failure = fc.record({
  outcome: fc.constant('failed'),
  error_type: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('network', 'timeout', 'rate_limit') },
    { weight: 1, arbitrary: fc.constantFrom(...ERROR_TYPES) },
  ),
  error_message: fc.constantFrom('it broke', 'it broke again'),
  retry_after_seconds: fc.constantFrom(0, 45, 5000, 1_000_000, -5, 'soon'),
  duration_ms: fc.constantFrom(0, 1234),
}, { requiredKeys: ['outcome'] });

const said: fc.Arbitrary<Item> = fc.oneof(
  { weight: 5, arbitrary: failure },
  { weight: 2, arbitrary: fc.constant({ outcome: 'completed', result: { ok: true } }) },
  { weight: 1, arbitrary: fc.constant({ outcome: 'completed', duration_ms: 17 }) },
  { weight: 1, arbitrary: fc.constant({ outcome: 'cancelled', error_message: 'stopped' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 30, 900, 1_000_000, -1, 'later').map((snooze_seconds) => ({
      outcome: 'snoozed',
      snooze_seconds,
    })),
  },
  { weight: 1, arbitrary: fc.constantFrom({ outcome: 'exploded' }, { outcome: 'released' }, {}) },
);

const itemInput: fc.Arbitrary<ItemInput> = fc.record({
  nth: fc.nat(5),
  live: fc.nat(5).map((n) => n > 0),
  wrongToken: fc.nat(15).map((n) => n === 15),
  said,
});

export const itemInputs = fc.array(itemInput, { minLength: 1, maxLength: 3 });

/** The items as they are sent, for the leases that are known now. */
export function itemsOf(world: World, inputs: ItemInput[]): Item[] {
  return inputs.map(({ nth, live, wrongToken, said }) => {
    const lease = pickLease(world, nth, live);
    const lease_token = wrongToken ? crypto.randomUUID() : lease?.lease_token;
    return { job_id: lease?.job_id, lease_token, ...said };
  });
}
