import type { Fate } from './contender.ts';

/** Of `jobs`, that share (0 to 1) fails once, spread evenly, and completes at the second attempt. */
export function makeFate(jobs: number, failing: number): Fate {
  const failedOnce = new Set<string>();
  const end = Promise.withResolvers<void>();
  const allTried = Promise.withResolvers<void>();
  let seen = 0;
  let completed = 0;
  return {
    fails(id) {
      if (failedOnce.delete(id)) return false;
      if (++seen === jobs) allTried.resolve();
      if (Math.floor(seen * failing) === Math.floor((seen - 1) * failing)) return false;
      failedOnce.add(id);
      return true;
    },
    count(more) {
      completed += more;
      if (completed >= jobs) end.resolve();
    },
    get done() {
      return completed >= jobs;
    },
    end: end.promise,
    allTried: allTried.promise,
  };
}
