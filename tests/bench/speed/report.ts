import { median, spread } from '../statistics.ts';
import { markdown } from '../table.ts';
import type { Entry, Row } from './plan.ts';
import type { Result, Sample } from './sitting.ts';

/** Whom every line of a table is compared with: the best of a peer in that row. */
const REFERENCES: [heading: string, isOne: (entry: Entry) => boolean][] = [
  ['x pg-boss', ({ contender }) => contender.startsWith('pg-boss')],
  ['x graphile', ({ contender }) => contender.startsWith('graphile')],
  ['x contract floor', ({ contender }) => contender === 'contract floor'],
];

/** Median of one measure over all passes. */
export function middle({ samples }: Result, measure: keyof Sample): number {
  return median(samples.map((sample) => sample[measure]));
}

/** How a contender is called in tables. */
export function nameOf({ contender, fused, connections }: Entry): string {
  return [contender, fused && 'fused', connections && `${connections} processors`]
    .filter(Boolean).join(', ');
}

/** A row as a Markdown table: one line per contender, and how many times it is faster than others. */
export function tableOf(row: Row, results: Result[]): string {
  const references = REFERENCES
    .map(([heading, isOne]) =>
      [heading, bestOf(results.filter(({ entry }) => isOne(entry)))] as const
    )
    .filter(([, rate]) => rate > 0);
  const heads = [
    'contender',
    'passes',
    'jobs/s',
    '±',
    ...references.map(([heading]) => heading),
    'Postgres CPU µs',
    'Data API CPU µs',
    'client CPU µs',
    'WAL B',
    'buffers',
    'statements',
  ];
  const lines = results.map((result) => {
    const rate = middle(result, 'jobsPerSecond');
    return [
      nameOf(result.entry),
      String(result.samples.length),
      number(rate),
      spreadOf(result),
      ...references.map(([, reference]) => (rate / reference).toFixed(2)),
      number(middle(result, 'postgresCpuUs')),
      number(middle(result, 'dataApiCpuUs')),
      number(middle(result, 'clientCpuUs')),
      number(middle(result, 'walBytes')),
      result.counted ? number(result.counted.buffers) : '',
      result.counted ? result.counted.statements.toFixed(3) : '',
    ];
  });
  return `\n${row.title} (${row.table}; all but jobs/s for each job)\n\n${
    markdown([heads, ...lines])
  }`;
}

/** Half the spread; one pass has none. */
function spreadOf({ samples }: Result): string {
  if (samples.length < 2) return '';
  return `${Math.round(spread(samples.map((one) => one.jobsPerSecond)) * 50)} %`;
}

function bestOf(results: Result[]): number {
  return Math.max(0, ...results.map((result) => middle(result, 'jobsPerSecond')));
}

function number(value: number): string {
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}
