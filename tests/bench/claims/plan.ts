/** One thing that is measured, with n retries that wait and are not due and n finished rows. */
export interface Case {
  name: string;
  title: string;
  /** Every call must get so many jobs. */
  claims: number;
}

/** In the order in which they are measured: each finds the rows as the one before has left them. */
export const cases = {
  claim: { name: 'claim', title: 'claim 10', claims: 10 },
  beside: { name: 'beside-idle', title: 'claim 10 beside 20 idle types', claims: 10 },
  empty: { name: 'empty', title: 'empty claim', claims: 0 },
  instead: { name: 'idle', title: 'empty claim of 20 idle types', claims: 0 },
  held: { name: 'held', title: 'claim 10 behind dead rows, snapshot held', claims: 10 },
  released: { name: 'released', title: 'the same, snapshot released', claims: 10 },
  heldMixed: {
    name: 'held-mixed',
    title: 'behind dead rows of 50 types and priorities, held',
    claims: 10,
  },
  releasedMixed: { name: 'released-mixed', title: 'the same, snapshot released', claims: 10 },
  unclaimed: { name: 'unclaimed', title: 'claim 10 beside n due of another type', claims: 10 },
} satisfies Record<string, Case>;

export const LIMIT = 10;
/** Jobs that are due. */
export const DUE = 400;
/** Jobs that are claimed and settled while a snapshot is held. */
export const DEAD = 20_000;
/** Calls that are measured. */
export const CALLS = 20;
/** Calls before them: Postgres plans the first five of a statement for their arguments. */
export const WARM_UP = 8;

/** A contender, and the SQL that fills its tables. */
export interface Entry {
  contender: string;
  file: string;
  /** Several types are claimed at once, so idle ones can be among them. */
  hasTypes: boolean;
}

export const ENTRIES: Entry[] = [
  { contender: 'puppet-retry in SQL', file: 'puppet_retry.sql', hasTypes: true },
  { contender: 'pg-boss', file: 'pg_boss.sql', hasTypes: false },
  { contender: 'graphile-worker', file: 'graphile_worker.sql', hasTypes: false },
  { contender: 'floor', file: 'floor.sql', hasTypes: false },
  { contender: 'contract floor', file: 'contract_floor.sql', hasTypes: false },
];
