import type { Work } from './driver/protocol.ts';
import type { Beside } from './surroundings.ts';

/** How a contender takes part in a row. */
export interface Entry {
  /** A key of `contenders`. */
  contender: string;
  fused?: boolean;
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
  /** Measured only where its whole name is asked for. */
  onDemand?: boolean;
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
// Which is faster depends on the work; others, and four side by side, are slower than these.
const OURS_TUNED: Entry[] = [500, 1000]
  .map((batch) => ({ contender: `puppet-retry, batch ${batch}`, connections: 2 }));
const PG_BOSS_TUNED: Entry[] = [100, 1000]
  .map((batch) => ({ contender: `pg-boss work(), batch ${batch}` }));
const EIGHT: Entry = { contender: 'graphile-worker, 8 at once' };
const BESIDE: Entry[] = [
  { contender: OURS, fused: true },
  { contender: 'pg-boss calls' },
  GRAPHILE,
  { contender: 'floor', fused: true },
  { contender: 'contract floor', fused: true },
];

/** Who enqueues, and in which of the tables that stands. */
type Enqueuers = Pick<Row, 'table'> & { contenders: string[] };
const PEERS = ['pg-boss calls', 'graphile-worker'];
const USERS: Enqueuers = {
  table: 'as users get it',
  contenders: ['puppet-retry', 'puppet-retry, insert', ...PEERS],
};
const SQL_ENQUEUERS: Enqueuers = {
  table: 'in SQL',
  contenders: [OURS, 'puppet-retry by insert', ...PEERS, 'floor', 'contract floor'],
};

/** What a quick run measures. */
const QUICK = ['users-retry', 'retry-1000', 'retry-1', 'success-100', 'life-100', 'enqueue-1000'];

/**
 * The rows of a full run whose names have one of the texts in them, or a few of these with fewer
 * jobs; others where a text is their whole name.
 */
export function rows(quick: boolean, texts: string[] = ['']): Row[] {
  const isWanted = ({ name, onDemand }: Row) =>
    texts.some((text) => onDemand ? name === text : name.includes(text));
  const open = openRows(quick);
  const all = [...open, ...open.filter(({ stretch }) => stretch === 'work').map(underSnapshot)];
  return all.filter(isWanted).filter(({ name }) => !quick || QUICK.includes(name));
}

/** Those where nobody holds a snapshot. */
function openRows(quick: boolean): Row[] {
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
        { contender: 'puppet-retry', jobs: few * 2 },
        ...OURS_TUNED,
        { contender: 'pg-boss work()', jobs: 5, once: true },
        ...PG_BOSS_TUNED,
        { contender: 'graphile-worker', jobs: few },
        GRAPHILE,
      ],
    },
    {
      name: 'users-success',
      title: 'success (claim, complete) as users get it',
      table: 'as users get it',
      stretch: 'work',
      batch: 1,
      connections: 1,
      work: work(many, 0, 1000),
      entries: [
        { contender: 'puppet-retry', jobs: few * 2 },
        ...OURS_TUNED,
        ...PG_BOSS_TUNED,
        { contender: 'graphile-worker', jobs: few },
        GRAPHILE,
      ],
    },
    enqueue('users-enqueue-1000', 'enqueue as users do, batches of 1000', 1000, 2, many, USERS),
    enqueue('users-enqueue-1', 'enqueue as users do, one at a time, 8 loops', 1, 8, few, USERS),
    sql('retry-100', 'retry cycle, batch 100, 2 connections', 1, 100, 2, many),
    sql('retry-1000', 'retry cycle, batch 1000, 2 connections', 1, 1000, 2, many, GRAPHILE),
    sql('retry-1', 'retry cycle, one at a time, 8 connections', 1, 1, 8, few, EIGHT),
    sql(
      'success-100',
      'success (claim, complete), batch 100, 2 connections',
      0,
      100,
      2,
      many,
      GRAPHILE,
    ),
    sql('success-1', 'success, one at a time, 8 connections', 0, 1, 8, few, EIGHT),
    ...[0.1, 0.5, 0.9].map((failing) => mix(failing, many)),
    beside('parked-100000', 'beside 100,000 parked retries', many, parked(100_000)),
    beside('parked-1000000', 'beside 1,000,000 parked retries', many, parked(1_000_000)),
    parkedOnDemand('parked-10000000', 'beside 10,000,000 parked retries', many),
    beside('unclaimed-1000000', 'beside 1,000,000 due jobs that nobody claims', many, {
      jobs: { kind: 'unclaimed', count: 1_000_000 },
    }),
    life('life-100', 100, many),
    life('life-1000', 1000, many),
    enqueue('enqueue-1000', 'enqueue, batches of 1000', 1000, 2, many, SQL_ENQUEUERS),
    enqueue('enqueue-1', 'enqueue, one at a time, 8 connections', 1, 8, few, SQL_ENQUEUERS),
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

/** So many that once must do. */
function parkedOnDemand(name: string, title: string, jobs: number): Row {
  return { ...beside(name, title, jobs, parked(10_000_000)), mostRounds: 1, onDemand: true };
}

/**
 * The same row while a snapshot is held. What is dead stays in everybody's way, so that costs grow
 * with the square of the jobs, of which there are fewer.
 */
function underSnapshot(row: Row): Row {
  const jobs = Math.min(4_000, row.work.jobs);
  // So few that its statement for failures is planned badly.
  const isFair = ({ contender }: Entry) =>
    row.work.failing === 0 || !contender.startsWith('graphile-worker');
  return {
    ...row,
    name: `held-${row.name}`,
    title: `${row.title}, of ${jobs} jobs under a held snapshot`,
    work: { ...row.work, jobs },
    entries: row.entries.filter((entry) => !entry.once && isFair(entry))
      .map((entry) => ({ ...entry, jobs })),
    beside: { ...row.beside, heldSnapshot: true },
    unseen: true,
    mostRounds: Math.min(3, row.mostRounds ?? 3),
    onDemand: row.name !== 'retry-100',
  };
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
  { table, contenders }: Enqueuers,
): Row {
  return {
    name,
    title,
    table,
    stretch: 'enqueue',
    batch,
    connections,
    work: { ...work(jobs, 0, batch), enqueueBatch: batch, enqueueOnly: true },
    entries: contenders.map((contender) => ({ contender })),
  };
}
