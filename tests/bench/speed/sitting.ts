import type { OpenOptions } from './driver/contender.ts';
import { DriverProcess } from './driver_process.ts';
import { checkOutcome, readOutcome } from './outcome.ts';
import type { Entry, Row } from './plan.ts';
import type { Reading, ServerMeter } from '../server_meter.ts';
import { Surroundings } from './surroundings.ts';

/** What one pass used, for each job. */
export interface Sample {
  jobsPerSecond: number;
  postgresCpuUs: number;
  postgrestCpuUs: number;
  gatewayCpuUs: number;
  /** Of the contender's own process. */
  clientCpuUs: number;
  walBytes: number;
}

/** What was counted in a pass that was not timed, for each job. */
export interface Counted {
  statements: number;
  buffers: number;
}

/** All passes of one contender in one row. */
export interface Result {
  row: Row;
  entry: Entry;
  samples: Sample[];
  counted: Counted | null;
}

/** One sitting: all contenders on the same server, one after the other, again and again. */
export class Sitting implements AsyncDisposable {
  readonly #drivers = new Map<string, DriverProcess>();
  readonly #place: { node: string; folder: string };
  readonly #target: Pick<OpenOptions, 'dbUrl' | 'api'>;
  readonly #meter: ServerMeter;

  constructor(
    place: { node: string; folder: string },
    target: Pick<OpenOptions, 'dbUrl' | 'api'>,
    meter: ServerMeter,
  ) {
    this.#place = place;
    this.#target = target;
    this.#meter = meter;
  }

  /** Measures a row so many times, and counts once more where `counts`. */
  async run(row: Row, rounds: number, counts: boolean): Promise<Result[]> {
    const results: Result[] = row.entries.map((entry) => ({
      row,
      entry,
      samples: [],
      counted: null,
    }));
    for (let round = 0; round < Math.min(rounds, row.mostRounds ?? rounds); round++) {
      for (const result of inTurn(results, round)) {
        if (result.entry.once && round > 0) continue;
        result.samples.push(await this.#measure(row, result.entry));
      }
    }
    if (!counts || row.onDemand) return results;
    await this.#meter.count(true);
    for (const result of results.filter(({ entry }) => !entry.once)) {
      const { used, jobs } = await this.#pass(row, result.entry);
      result.counted = { statements: used.statements / jobs, buffers: used.buffers / jobs };
    }
    await this.#meter.count(false);
    return results;
  }

  async #measure(row: Row, entry: Entry): Promise<Sample> {
    const { used, jobs, seconds, clientCpuMs } = await this.#pass(row, entry);
    return {
      jobsPerSecond: jobs / seconds,
      postgresCpuUs: used.cpuMs.postgres * 1000 / jobs,
      postgrestCpuUs: used.cpuMs.postgrest * 1000 / jobs,
      gatewayCpuUs: used.cpuMs.gateway * 1000 / jobs,
      clientCpuUs: clientCpuMs * 1000 / jobs,
      walBytes: used.walBytes / jobs,
    };
  }

  async #pass(row: Row, entry: Entry) {
    const options: OpenOptions = {
      ...this.#target,
      connections: entry.connections ?? row.connections,
      batch: row.batch,
      fused: entry.fused ?? false,
    };
    const driver = await this.#driver(entry.contender, options);
    await using around = new Surroundings(options.dbUrl, entry.contender, row.beside ?? {});
    const jobs = entry.jobs ?? row.work.jobs;
    const warmUp = entry.once ? 0 : Math.min(row.work.warmUp, jobs);
    const work = { ...row.work, jobs, warmUp };
    const use = new Use(this.#meter);
    let found: Stretch | undefined;
    const concerns = (stretch: string) => row.stretch === 'life' || row.stretch === stretch;
    await driver.run({ do: 'pass', with: options, work }, {
      begin: async (stretch) => {
        // Nobody is measured by the plans that a table gets in its first minute.
        if (stretch === 'work') {
          await around.make();
          await this.#meter.analyze();
        }
        if (concerns(stretch)) await use.resume();
      },
      pause: () => use.pause(),
      resume: (stretch) => concerns(stretch) ? use.resume() : Promise.resolve(),
      end: async ({ stretch, seconds, clientCpuMs }) => {
        if (!concerns(stretch)) return;
        await use.pause();
        found = added({ used: use.take(), jobs, seconds, clientCpuMs }, found);
      },
    });
    if (!found) throw new Error(`${entry.contender} has not measured ${row.name}`);
    checkOutcome(work, await readOutcome(options.dbUrl, entry.contender));
    return found;
  }

  async #driver(contender: string, options: OpenOptions): Promise<DriverProcess> {
    const known = this.#drivers.get(contender);
    if (known) return known;
    const driver = new DriverProcess(this.#place.node, this.#place.folder, contender);
    this.#drivers.set(contender, driver);
    await driver.run({ do: 'install', with: options });
    return driver;
  }

  async [Symbol.asyncDispose]() {
    for (const driver of this.#drivers.values()) await driver[Symbol.asyncDispose]();
  }
}

/** Another one begins each time, and every other time all go backwards, so that none follows the same. */
function inTurn<T>(all: T[], round: number): T[] {
  const begin = round % all.length;
  const turned = [...all.slice(begin), ...all.slice(0, begin)];
  return round % 2 === 0 ? turned : turned.toReversed();
}

/** What the server uses while a stretch is measured. */
class Use {
  readonly #meter: ServerMeter;
  #since: Reading | undefined;
  #used: Reading | undefined;

  constructor(meter: ServerMeter) {
    this.#meter = meter;
  }

  async resume(): Promise<void> {
    this.#since ??= await this.#meter.read();
  }

  async pause(): Promise<void> {
    if (!this.#since) return;
    const used = difference(await this.#meter.read(), this.#since);
    this.#since = undefined;
    this.#used = this.#used ? sum(this.#used, used) : used;
  }

  /** All until now; the next begins at nothing. */
  take(): Reading {
    const used = this.#used;
    if (!used) throw new Error('Nothing was measured');
    this.#used = undefined;
    return used;
  }
}

/** What a measured stretch used. */
interface Stretch {
  used: Reading;
  jobs: number;
  seconds: number;
  clientCpuMs: number;
}

function added(one: Stretch, other: Stretch | undefined): Stretch {
  if (!other) return one;
  return {
    used: sum(one.used, other.used),
    jobs: one.jobs,
    seconds: one.seconds + other.seconds,
    clientCpuMs: one.clientCpuMs + other.clientCpuMs,
  };
}

function sum(one: Reading, other: Reading): Reading {
  return combined(one, other, (a, b) => a + b);
}

function difference(after: Reading, before: Reading): Reading {
  return combined(after, before, (a, b) => a - b);
}

function combined(a: Reading, b: Reading, by: (a: number, b: number) => number): Reading {
  return {
    walBytes: by(a.walBytes, b.walBytes),
    cpuMs: {
      postgres: by(a.cpuMs.postgres, b.cpuMs.postgres),
      postgrest: by(a.cpuMs.postgrest, b.cpuMs.postgrest),
      gateway: by(a.cpuMs.gateway, b.cpuMs.gateway),
    },
    statements: by(a.statements, b.statements),
    buffers: by(a.buffers, b.buffers),
  };
}
