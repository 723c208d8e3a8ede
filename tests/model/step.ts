import assert from 'node:assert/strict';
import postgres from 'postgres';
import { differences } from './compare.ts';
import { readInvariants } from './invariants.ts';
import type { Span } from './moments.ts';
import { type HistoryLine, type Job, readHistory, readJobs } from './rows.ts';
import type { Jobs, Known, Real, World } from './world.ts';

/** What was seen of one call and of the database behind it. */
export interface Seen<Row> {
  now: Span;
  /** The first row of the answer; undefined where the call was refused. */
  reply: Row | undefined;
  refusal: postgres.PostgresError | undefined;
  rows: Map<string, Job>;
  history: HistoryLine[];
  broken: string[];
}

/** What the model says of a call: the jobs behind it, and what is wrong with its answer. */
export interface Judgement {
  jobs: Jobs;
  problems: string[];
}

type Call<Row extends postgres.Row> = (
  sql: postgres.TransactionSql,
) => postgres.PendingQuery<Row[]>;

async function look(sql: postgres.TransactionSql) {
  const [jobs, history, [clock]] = await Promise.all([
    readJobs(sql).execute(),
    readHistory(sql).execute(),
    readInvariants(sql).execute(),
  ]);
  return {
    rows: new Map(jobs.map((job) => [job.id, { ...job }])),
    history: history.map((line) => ({ ...line })),
    now: clock?.now ?? 0,
    broken: clock?.broken ?? [],
  };
}

/** Makes a call that must not be refused; all statements go out at once. */
export async function perform<Row extends postgres.Row>(
  real: Real,
  call: Call<Row>,
): Promise<Seen<Row>> {
  const { sql } = real;
  const [[before], [reply], state] = await Promise.all([
    sql<{ now: number }[]>`select clock_timestamp() as now`.execute(),
    call(sql).execute(),
    look(sql),
  ]);
  const now = { from: before?.now ?? 0, to: state.now };
  return { ...state, now, reply, refusal: undefined };
}

/** Makes a call that may be refused. */
export async function attempt<Row extends postgres.Row>(
  real: Real,
  call: Call<Row>,
): Promise<Seen<Row>> {
  const { sql } = real;
  const [before] = await sql<{ now: number }[]>`select clock_timestamp() as now`;
  let reply: Row | undefined;
  let refusal: postgres.PostgresError | undefined;
  try {
    await sql.savepoint(async (inner) => {
      [reply] = await call(inner);
    });
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    refusal = error;
  }
  const state = await look(sql);
  return { ...state, now: { from: before?.now ?? 0, to: state.now }, reply, refusal };
}

function historyDifferences(known: Known, seen: HistoryLine[]): string[] {
  const what = `history of ${known.row.id}`;
  if (known.history.length !== seen.length) {
    return [`${what}: should have ${known.history.length} rows: it has ${seen.length}`];
  }
  return known.history.flatMap((line, at) =>
    differences(`${what} attempt ${line.attempt_number}`, line, seen[at] ?? {})
  );
}

function noteDecision(world: World, id: string, row: Job, history: HistoryLine[]): void {
  const before = world.jobs.get(id);
  const written = history.slice(before?.history.length ?? 0).map(({ decision }) => decision);
  const ended = before?.row.stop_reason === null && row.stop_reason !== null;
  // What ends without a row, or by a row that was there.
  const unwritten = ended && written.length === 0 ? [`${row.stop_reason} without a row`] : [];
  for (const decision of [...written, ...unwritten]) {
    world.decisions.set(decision, (world.decisions.get(decision) ?? 0) + 1);
  }
}

function problemsOf({ jobs, problems }: Judgement, seen: Seen<unknown>): string[] {
  const strangers = [...seen.rows.keys()].filter((id) => !jobs.has(id));
  return [
    ...problems,
    ...seen.broken,
    ...strangers.map((id) => `${id}: should not be there`),
    ...[...jobs.values()].flatMap((known) => [
      ...differences(`job ${known.row.id}`, known.row, seen.rows.get(known.row.id) ?? {}),
      ...historyDifferences(known, seen.history.filter(({ job_id }) => job_id === known.row.id)),
    ]),
  ];
}

/**
 * Compares what was seen with what the model says, and goes on from what was seen, which fills in
 * what chance decided. The call's own clock lies somewhere between two readings: where something
 * falls due just then, either side is right.
 */
export function settleStep<Row>(
  world: World,
  seen: Seen<Row>,
  judge: (jobs: Jobs, at: number) => string[],
): void {
  const judgements = [seen.now.from, seen.now.to].map((at) => {
    const jobs = new Map(world.jobs);
    const problems = judge(jobs, at);
    return { jobs, found: problemsOf({ jobs, problems }, seen) };
  });
  const right = judgements.find(({ found }) => found.length === 0) ?? judgements[0];
  if (!right) return;
  assert.deepEqual(right.found, []);
  for (const [id, known] of right.jobs) {
    const row = seen.rows.get(id);
    const history = seen.history.filter(({ job_id }) => job_id === id);
    if (!row) continue;
    noteDecision(world, id, row, history);
    right.jobs.set(id, { ...known, row, history });
  }
  world.jobs = right.jobs;
}
