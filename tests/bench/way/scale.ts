import type { Part } from './bench.ts';
import { costs, drain, type Drained } from './drain.ts';
import { addJobs, clear } from './jobs.ts';

const COUNTS = [1, 2, 4];

/** The same backlog with more processes of the processor, one run at a time in each. */
export const scale: Part = {
  name: 'scale',
  async run(bench) {
    const { sql, sizes: { jobs } } = bench;
    const runs: { count: number; failShare: number; run: string; found: Drained }[] = [];
    for (const count of COUNTS) {
      await using processors = await bench.processors(count);
      for (const failShare of [0, 0.5]) {
        await clear(sql);
        await addJobs(sql, { jobs, failShare });
        const found = await drain(bench, processors, 'runs');
        const run = `${count} at once`;
        runs.push({ count, failShare, run, found });
      }
    }
    const one = (share: number) =>
      runs.find(({ failShare }) => failShare === share)?.found.jobsPerSecond ?? NaN;
    return [
      {
        title: `scale: ${jobs} jobs, processes with one run at a time, called without ticks`,
        rows: runs.map(({ count, failShare, found }) => ({
          processors: count,
          'fail once %': failShare * 100,
          'jobs/s': found.jobsPerSecond,
          'times one': found.jobsPerSecond / one(failShare),
          'busy cores': found.cores,
          'most claims of one job': found.mostClaims,
        })),
        notes: ['Goal: n processors do at least 0.7 n of what one does, until the cores are busy.'],
      },
      {
        title: 'scale: where the CPU goes',
        rows: runs.filter(({ failShare }) => failShare === 0)
          .flatMap(({ run, found }) => costs(run, found)),
      },
    ];
  },
};
