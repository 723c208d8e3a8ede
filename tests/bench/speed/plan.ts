import type { Work } from './driver/protocol.ts';
import type { Beside } from './surroundings.ts';

/** How a contender takes part in a row. */
export interface Entry {
  /** A key of `contenders`. */
  contender: string;
  fused?: boolean;
  batch?: number;
  connections?: number;
  /** Fewer jobs for those that would take minutes. */
  jobs?: number;
  /** Measured once: a contender whose defaults wait most of the time. */
  once?: boolean;
}

/** One piece of work, done by several contenders in turn. */
export interface Row {
  name: string;
  title: string;
  table: 'as users get it' | 'in SQL';
  /** What is measured; a life is both. */
  stretch: 'work' | 'enqueue' | 'life';
  batch: number;
  connections: number;
  work: Work;
  entries: Entry[];
  beside?: Beside;
  /** Left out of the chart, which is for a first look. */
  unseen?: boolean;
  /** For rows that take long to prepare. */
  mostRounds?: number;
}

const OURS = 'puppet-retry in SQL';
const IN_SQL: Entry[] = [
  { contender: OURS },
  { contender: OURS, fused: true },
  { contender: 'pg-boss calls' },
  { contender: 'floor' },
  { contender: 'floor', fused: true },
  { contender: 'contract floor' },
  { contender: 'contract floor', fused: true },
];
// Never fewer: in a table of some thousand jobs its statement for failures is planned badly.
const GRAPHILE: Entry = { contender: 'graphile-worker, best', jobs: 20_000 };
const BESIDE: Entry[] = [
  { contender: OURS, fused: true },
  { contender: 'pg-boss calls' },
  GRAPHILE,
  { contender: 'floor', fused: true },
  { contender: 'contract floor', fused: true },
];

/** What a quick run measures. */
const QUICK = ['users-retry', 'retry-1000', 'retry-1', 'success-100', 'life-100', 'enqueue-1000'];

/** All rows of a full run, or some with fewer jobs. */
export function rows(quick: boolean): Row[] {
  const all = allRows(quick);
  return quick ? all.filter(({ name }) => QUICK.includes(name)) : all;
}

function allRows(quick: boolean): Row[] {
  const many = quick ? 4_000 : 20_000;
  const few = quick ? 400 : 2_000;
  return [
    {
      name: 'users-retry',
      title: 'retry cycle (fail, retry, complete) as users get it',
      table: 'as users get it',
      stretch: 'work',
      batch: 1,
      connections: 1,
      work: work(many, 1, 1000),
      entries: [
        { contender: 'puppet-retry' },
        { contender: 'puppet-retry, batch 1000' },
        { contender: 'puppet-retry, batch 1000', connections: 2 },
        { contender: 'pg-boss work()', jobs: 5, once: true },
        { contender: 'pg-boss work(), best' },
        { contender: 'graphile-worker', jobs: few },
        GRAPHILE,
      ],
    },
    sql('retry-100', 'retry cycle, batch 100, 2 connections', 1, 100, 2, many),
    sql('retry-1000', 'retry cycle, batch 1000, 2 connections', 1, 1000, 2, many, GRAPHILE),
    sql('retry-1', 'retry cycle, one at a time, 8 connections', 1, 1, 8, few, {
      contender: 'graphile-worker',
    }),
    sql(
      'success-100',
      'success (claim, complete), batch 100, 2 connections',
      0,
      100,
      2,
      many,
      GRAPHILE,
    ),
    sql('success-1', 'success, one at a time, 8 connections', 0, 1, 8, few),
    ...[0.1, 0.5, 0.9].map((failing) => mix(failing, many)),
    beside('parked-100000', 'beside 100,000 parked retries', many, parked(100_000)),
    beside('parked-1000000', 'beside 1,000,000 parked retries', many, parked(1_000_000)),
    beside('unclaimed-1000000', 'beside 1,000,000 due jobs that nobody claims', many, {
      jobs: { kind: 'unclaimed', count: 1_000_000 },
    }),
    held(),
    life('life-100', 100, many),
    life('life-1000', 1000, many),
    enqueue('enqueue-1000', 'enqueue, batches of 1000', 1000, 2, many),
    enqueue('enqueue-1', 'enqueue, one at a time, 8 connections', 1, 8, few),
  ];
}

function work(jobs: number, failing: number, batch: number): Work {
  return {
    jobs,
    failing,
    payloadBytes: 100,
    enqueueBatch: 1000,
    warmUp: Math.min(2000, Math.max(40, 4 * batch)),
  };
}

function sql(
  name: string,
  title: string,
  failing: number,
  batch: number,
  connections: number,
  jobs: number,
  ...more: Entry[]
): Row {
  return {
    name,
    title,
    table: 'in SQL',
    stretch: 'work',
    batch,
    connections,
    work: work(jobs, failing, batch),
    entries: [...IN_SQL, ...more],
  };
}

/** A share of the jobs fails once. */
function mix(failing: number, jobs: number): Row {
  const share = `${failing * 100} %`;
  const row = sql(
    `mix-${failing * 100}`,
    `${share} fail once, batch 100, 2 connections`,
    failing,
    100,
    2,
    jobs,
    GRAPHILE,
  );
  return { ...row, unseen: true };
}

function parked(count: number): Beside {
  return { jobs: { kind: 'parked', count } };
}

/** The retry cycle with batches of 100 where something stands beside it. */
function beside(name: string, title: string, jobs: number, beside: Beside): Row {
  const row = sql(name, `retry cycle, batch 100, 2 connections, ${title}`, 1, 100, 2, jobs);
  const knowsTypes = ({ contender }: Entry) =>
    beside.jobs?.kind !== 'unclaimed' || contender !== 'floor';
  return { ...row, beside, unseen: true, mostRounds: 3, entries: BESIDE.filter(knowsTypes) };
}

/** What is dead stays in everybody's way, so that costs grow with the square of the jobs. */
function held(): Row {
  const row = beside('held', 'under a held snapshot', 4_000, { heldSnapshot: true });
  return { ...row, entries: row.entries.filter((entry) => entry !== GRAPHILE) };
}

/** Enqueue, fail, retry and complete, for what a whole life writes. */
function life(name: string, payloadBytes: number, jobs: number): Row {
  const title = `a whole life (enqueue, fail, retry, complete), payload of ${payloadBytes} B`;
  const row = sql(name, title, 1, 1000, 2, jobs, GRAPHILE);
  return { ...row, stretch: 'life', unseen: true, work: { ...row.work, payloadBytes } };
}

function enqueue(
  name: string,
  title: string,
  batch: number,
  connections: number,
  jobs: number,
): Row {
  return {
    name,
    title,
    table: 'in SQL',
    stretch: 'enqueue',
    batch,
    connections,
    work: { ...work(jobs, 0, batch), enqueueBatch: batch, enqueueOnly: true },
    entries: [
      OURS,
      'puppet-retry by insert',
      'pg-boss calls',
      'graphile-worker',
      'floor',
      'contract floor',
    ].map((contender) => ({ contender })),
  };
}
