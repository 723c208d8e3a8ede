import type { Part } from './bench.ts';
import { callsOf, costs, drain, type Drained } from './drain.ts';
import { addJobs, clear } from './jobs.ts';

/** A backlog as shipped: ticks, one process, and where the time goes. */
export const backlog: Part = {
  name: 'backlog',
  async run(bench) {
    const { sql, sizes: { jobs } } = bench;
    await using processors = await bench.processors(1);
    const runs: [string, Drained][] = [];
    for (const failShare of [0, 0.5]) {
      await clear(sql);
      await addJobs(sql, { jobs, failShare });
      runs.push([`${failShare * 100} % fail once`, await drain(bench, processors, 'ticks')]);
    }
    return [
      {
        title: `backlog: ${jobs} jobs that do nothing, ticks as shipped, one process`,
        rows: runs.map(([run, found]) => ({
          run,
          'jobs/s': found.jobsPerSecond,
          'attempts/s': found.attempts / found.seconds,
          seconds: found.seconds,
          'busy cores': found.cores,
          'most claims of one job': found.mostClaims,
        })),
        notes: ['Goal: CPU of the processor at most 1 ms per job.'],
      },
      { title: 'backlog: where the CPU goes', rows: runs.flatMap((run) => costs(...run)) },
      { title: 'backlog: calls through the gateway', rows: runs.flatMap((run) => callsOf(...run)) },
    ];
  },
};
