import type { Sample } from '../sample.ts';
import { GOALS } from '../summary.ts';
import type { Line, Panel } from './panel.ts';

/** The measures of a soak, each over time. */
export function panelsOf(samples: Sample[]): Panel[] {
  const line = (name: string, of: (sample: Sample) => number | null): Line => ({
    name,
    points: samples.map((sample) => ({ x: sample.at / 60, y: of(sample) })),
  });
  const one = (of: (sample: Sample) => number | null) => [line('', of)];
  return [
    {
      title: 'Memory of the processor',
      unit: 'MB',
      lines: [
        line('resident', ({ memoryMb }) => memoryMb),
        line('without its program', ({ anonymousMb }) => anonymousMb),
      ],
      goal: GOALS.memoryMb,
    },
    {
      title: 'CPU of the processor',
      unit: 'ms for each settled attempt',
      lines: one(({ processorCpuMs }) => processorCpuMs),
      goal: GOALS.processorCpuMs,
    },
    {
      title: 'Throughput',
      unit: 'per second',
      lines: [
        line('attempts settled', ({ settledPerSecond }) => settledPerSecond),
        line('jobs enqueued', ({ enqueuedPerSecond }) => enqueuedPerSecond),
      ],
    },
    {
      title: 'CPU of Postgres',
      unit: 'ms for each settled attempt',
      lines: one(({ postgresCpuMs }) => postgresCpuMs),
    },
    {
      title: 'Due to claimed',
      unit: 'ms',
      lines: [line('p50', ({ claimP50 }) => claimP50), line('p99', ({ claimP99 }) => claimP99)],
    },
    {
      title: 'Due to started',
      unit: 'ms',
      lines: [line('p50', ({ startP50 }) => startP50), line('p99', ({ startP99 }) => startP99)],
    },
    {
      title: 'Backlog',
      unit: 'jobs',
      lines: [
        line('due', ({ due }) => due),
        line('wait for a retry', ({ later }) => later),
        line('running', ({ running }) => running),
      ],
    },
    {
      title: 'Connections to Postgres',
      unit: 'number',
      lines: one(({ connections }) => connections),
    },
    {
      title: 'Size with indexes',
      unit: 'MB',
      lines: [line('jobs', ({ jobsMb }) => jobsMb), line('history', ({ historyMb }) => historyMb)],
    },
    {
      title: 'Dead rows',
      unit: 'rows',
      lines: [
        line('jobs', ({ deadJobs }) => deadJobs),
        line('history', ({ deadHistory }) => deadHistory),
      ],
    },
  ];
}
