import { join } from 'node:path';
import type { DatabaseClient } from '../../../supabase/local/database_client.ts';
import type { Platform } from '../../../supabase/local/platform.ts';
import type { CpuMeter } from './cpu_meter.ts';
import { type Processors, startProcessors } from './processors.ts';
import type { Table } from '../table.ts';

/** What all parts of the bench work with. */
export interface Bench {
  platform: Platform;
  /** One connection of the bench's own. */
  sql: DatabaseClient;
  cpu: CpuMeter;
  sizes: Sizes;
  /** Starts so many processes of the processor, and nothing else takes the gateway's calls. */
  processors(count: number): Promise<Processors>;
}

/** How much is done. */
export interface Sizes {
  /** Jobs that come alone. */
  idleJobs: number;
  /** Jobs of a backlog, a herd, or an enqueuing in batches. */
  jobs: number;
  /** Jobs that are enqueued one by one. */
  singleJobs: number;
}

/** One part of the bench, which can be run alone. */
export interface Part {
  name: string;
  run(bench: Bench): Promise<Table[]>;
}

/** Puts a bench together; processors keep their logs in `folder`. */
export function createBench(parts: Omit<Bench, 'processors'>, folder: string): Bench {
  let started = 0;
  return {
    ...parts,
    processors: (count) =>
      startProcessors(parts.platform, join(folder, `processors-${++started}`), count),
  };
}

/** Waits until `done`; throws where it takes too long. */
export async function until(
  what: string,
  limitSeconds: number,
  done: () => Promise<boolean>,
): Promise<void> {
  const limit = performance.now() + limitSeconds * 1000;
  while (!await done()) {
    if (performance.now() > limit) throw new Error(`Not after ${limitSeconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const LOOK_MS = 200;
