import type * as fc from 'fast-check';
import type { Real, World } from '../world.ts';

export type ModelCommand = fc.AsyncCommand<World, Real>;

/** A command that runs where `possible` says so, is counted, and prints what it was given. */
export function command(
  name: string,
  given: object,
  possible: (world: World) => boolean,
  run: (world: World, real: Real) => Promise<void>,
): ModelCommand {
  return {
    check: possible,
    async run(world, real) {
      real.counter.steps++;
      real.counter.byCommand.set(name, (real.counter.byCommand.get(name) ?? 0) + 1);
      await run(world, real);
    },
    toString: () => `${name}(${JSON.stringify(given)})`,
  };
}

export const always = () => true;
export const withJobs = (world: World) => world.jobs.size > 0;
export const withLeases = (world: World) => world.leases.length > 0;
