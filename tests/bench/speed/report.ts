import type { Entry, Row } from './plan.ts';
import type { Result, Sample } from './sitting.ts';

/** The middle of the values. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** How far the values lie apart, as a share of their median. */
export function spread(values: number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** A row as a table: one line per contender, with its ratio to each other one. */
export function tableOf(row: Row, results: Result[]): string {
  const best = Math.max(...results.map((result) => middle(result, 'jobsPerSecond')));
  const lines = results.map((result) => {
    const { counted, entry, samples } = result;
    const rate = middle(result, 'jobsPerSecond');
    return [
      nameOf(entry).padEnd(38),
      number(rate, 9),
      `${(rate / best).toFixed(2)}`.padStart(7),
      `±${(spread(samples.map((one) => one.jobsPerSecond)) * 50).toFixed(0)}%`.padStart(6),
      number(middle(result, 'serverCpuUs'), 9),
      number(middle(result, 'clientCpuUs'), 9),
      number(middle(result, 'walBytes'), 8),
      counted ? number(counted.buffers, 8) : ''.padStart(8),
      counted ? counted.statements.toFixed(3).padStart(10) : '',
    ].join('');
  });
  const head = [
    'contender'.padEnd(38),
    'jobs/s'.padStart(9),
    'ratio'.padStart(7),
    'spread'.padStart(6),
    'server µs'.padStart(9),
    'client µs'.padStart(9),
    'WAL B'.padStart(8),
    'buffers'.padStart(8),
    'statements'.padStart(10),
  ].join('');
  return `\n${row.title}\n${head}\n${lines.join('\n')}`;
}

/** Median of one measure over all passes. */
export function middle({ samples }: Result, measure: keyof Sample): number {
  return median(samples.map((sample) => sample[measure]));
}

/** How a contender is called in tables. */
export function nameOf({ contender, fused, connections }: Entry): string {
  return [contender, fused && 'fused', connections && `${connections} processors`]
    .filter(Boolean).join(', ');
}

function number(value: number, width: number): string {
  return (value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')).padStart(width);
}
