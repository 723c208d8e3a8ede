import * as fc from 'fast-check';
import postgres from 'postgres';
import type { ModelCommand } from './commands/command.ts';
import { COMMANDS } from './commands/mix.ts';
import { micros } from './moments.ts';
import { prepare, type Start, start } from './start.ts';
import type { Real } from './world.ts';

export interface ModelRun {
  /** At least so many commands in all. */
  steps: number;
  seed: number;
  /** Of a failure: its path, to go straight there. */
  path?: string | undefined;
  /** Of a failure: which of its commands ran. */
  replayPath?: string | undefined;
  /** Told after each seed how many steps agreed so far. */
  progress?: (seed: number, steps: number) => void;
}

export interface ModelResult {
  steps: number;
  byCommand: Map<string, number>;
  decisions: Map<string, number>;
  /** What went wrong, shrunk, with how to replay it; null where nothing did. */
  failure: string | null;
}

const MOST_COMMANDS = 120;
const RUNS_OF_A_SEED = 25;

/** A connection on which times are numbers, of microseconds. */
function connect(url: string): postgres.Sql {
  return postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { timezone: 'UTC' },
    types: {
      micros: { to: 1184, from: [1184], serialize: String, parse: micros },
      decimal: { to: 1700, from: [1700], serialize: String, parse: Number },
    },
  });
}

class Rollback extends Error {}

/** Runs the commands in a transaction that is rolled back, so that each run starts alike. */
async function runOnce(
  sql: postgres.Sql,
  given: Start,
  commands: Iterable<ModelCommand>,
  counter: Real['counter'],
): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      const model = await prepare(transaction, given, counter);
      await fc.asyncModelRun(() => ({ model, real: { sql: transaction, counter } }), commands);
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
}

/** The shortest commands that fail, how to replay them, and what was wrong at the last. */
function reportOf(details: fc.RunDetails<[Start, Iterable<ModelCommand>]>): string {
  const [given, commands] = details.counterexample ?? [];
  const [shown = '', replay = ''] = String(commands).split('/*replayPath=');
  return [
    `after ${details.numShrinks} shrinks, from ${JSON.stringify(given)}`,
    ...shown.split('),').map((line) => `  ${line}`),
    String(details.errorInstance),
    `deno task model --seed ${details.seed} --path ${details.counterexamplePath} ` +
    `--replay-path ${replay.replace('*/', '')}`,
  ].join('\n');
}

/** Compares the database with the model until that many steps agree or one does not. */
export async function runModel(url: string, run: ModelRun): Promise<ModelResult> {
  const counter: Real['counter'] = {
    steps: 0,
    byCommand: new Map(),
    decisions: new Map(),
  };
  const sql = connect(url);
  try {
    for (let seed = run.seed; counter.steps < run.steps; seed++) {
      const commands = fc.commands(COMMANDS, {
        maxCommands: MOST_COMMANDS,
        size: 'max',
        ...(run.replayPath === undefined ? {} : { replayPath: run.replayPath }),
      });
      const details = await fc.check(
        fc.asyncProperty(start, commands, (given, chosen) => runOnce(sql, given, chosen, counter)),
        {
          seed,
          numRuns: RUNS_OF_A_SEED,
          ...(run.path === undefined ? {} : { path: run.path }),
        },
      );
      if (details.failed) {
        return { ...counter, failure: reportOf(details) };
      }
      run.progress?.(seed, counter.steps);
      if (run.path !== undefined) break;
    }
    return { ...counter, failure: null };
  } finally {
    await sql.end({ timeout: 5 });
  }
}
