import { setTimeout } from 'node:timers/promises';
import type { Claimed, Fate, OpenOptions, Queue } from './contender.ts';

/** Works with one loop per connection; each claims a batch, and settles it as fate has it. */
export async function pull(queue: Queue, fate: Fate, options: OpenOptions): Promise<void> {
  const loop = options.fused ? fusedLoop : plainLoop;
  const loops = Array.from(
    { length: options.connections },
    (_, connection) => loop(queue, fate, connection, options.batch),
  );
  await Promise.all(loops);
}

async function plainLoop(queue: Queue, fate: Fate, connection: number, batch: number) {
  while (!fate.done) {
    const jobs = await queue.claim(connection, batch);
    if (jobs.length === 0) {
      await setTimeout(1);
      continue;
    }
    const { completed, failed } = part(jobs, fate);
    await queue.settle(connection, completed, failed);
    fate.count(completed.length);
  }
}

async function fusedLoop(queue: Queue, fate: Fate, connection: number, batch: number) {
  let jobs: Claimed[] = [];
  while (!fate.done) {
    const { completed, failed } = part(jobs, fate);
    jobs = await queue.settleAndClaim(connection, completed, failed, batch);
    fate.count(completed.length);
    if (jobs.length === 0 && !fate.done) await setTimeout(1);
  }
}

function part(jobs: Claimed[], fate: Fate) {
  const completed: Claimed[] = [];
  const failed: Claimed[] = [];
  for (const job of jobs) (fate.fails(job.id) ? failed : completed).push(job);
  return { completed, failed };
}
