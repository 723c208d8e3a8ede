import { holdSnapshot } from '../held_snapshot.ts';
import type { ServerMeter } from '../server_meter.ts';
import type { ClaimDriver } from './claim_driver.ts';
import { CALLS, type Case, cases, DEAD, DUE, type Entry, LIMIT, WARM_UP } from './plan.ts';
import { lineOf } from './report.ts';
import type { Stock } from './stock.ts';

/** What one case costs one contender. */
export interface Figure {
  case: string;
  title: string;
  n: number;
  contender: string;
  /** Of each call. */
  ms: number[];
  /** Pages of 8 kB and statements, a call. */
  buffers: number;
  statements: number;
}

/** Measures one contender with n rows of each kind. */
export class Measurement {
  readonly figures: Figure[] = [];

  constructor(
    private readonly entry: Entry,
    private readonly n: number,
    private readonly tools: {
      dbUrl: string;
      stock: Stock;
      driver: ClaimDriver;
      meter: ServerMeter;
    },
  ) {}

  async run(): Promise<Figure[]> {
    const { stock } = this.tools;
    await stock.fill(this.n);
    await this.#claimDue(cases.claim);
    if (this.entry.hasTypes) await this.#claimDue(cases.beside, 'beside');
    await stock.makeDue(0);
    await stock.vacuum();
    await this.#claim(cases.empty);
    if (this.entry.hasTypes) await this.#claim(cases.instead, 'instead');
    await this.#claimBehindDead('add', cases.held, cases.released);
    if (stock.has('mixed')) {
      await stock.makeDue(0);
      await stock.vacuum();
      await this.#claimBehindDead('mixed', cases.heldMixed, cases.releasedMixed);
    }
    if (stock.has('unclaimed')) {
      await stock.makeDue(DUE);
      await stock.addUnclaimed(this.n);
      await this.#claim(cases.unclaimed);
    }
    await stock.empty();
    return this.figures;
  }

  async #claimDue(what: Case, idle?: 'beside') {
    await this.tools.stock.makeDue(DUE);
    await this.tools.stock.vacuum();
    await this.#claim(what, idle);
  }

  /** Nothing is due before; what is claimed and settled stays in the indexes while the snapshot is held. */
  async #claimBehindDead(section: 'add' | 'mixed', whileHeld: Case, afterwards: Case) {
    const { dbUrl, stock, driver } = this.tools;
    await stock.add(section, DEAD);
    {
      await using _snapshot = await holdSnapshot(dbUrl);
      const { claimed } = await driver.run({ do: 'drain' });
      if (claimed[0] !== DEAD) throw new Error(`${claimed} jobs were drained, not ${DEAD}`);
      await stock.makeDue(DUE);
      await this.#claim(whileHeld);
    }
    await stock.makeDue(DUE);
    await this.#claim(afterwards);
  }

  async #claim(what: Case, idle?: 'beside' | 'instead') {
    const { driver, meter } = this.tools;
    const command = { do: 'claim', limit: LIMIT, ...(idle && { idle }) } as const;
    const warm = await driver.run({ ...command, calls: WARM_UP });
    const before = await meter.read();
    const { ms, claimed } = await driver.run({ ...command, calls: CALLS });
    const after = await meter.read();
    const odd = [...warm.claimed, ...claimed].filter((jobs) => jobs !== what.claims);
    if (odd.length > 0) {
      throw new Error(`${this.entry.contender}, ${what.title}: claims of ${odd} jobs`);
    }
    const figure = {
      case: what.name,
      title: what.title,
      n: this.n,
      contender: this.entry.contender,
      ms,
      buffers: (after.buffers - before.buffers) / CALLS,
      statements: (after.statements - before.statements) / CALLS,
    };
    console.log(lineOf(figure));
    this.figures.push(figure);
  }
}
