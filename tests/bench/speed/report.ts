import { median, spread } from '../statistics.ts';
import { markdown } from '../table.ts';
import type { Entry, Row } from './plan.ts';
import type { Result, Sample } from './sitting.ts';

/** Whom we are compared with: in each row the best of them. */
const PEERS: [name: string, isOne: (entry: Entry) => boolean][] = [
  ['pg-boss', ({ contender }) => contender.startsWith('pg-boss')],
  ['graphile-worker', ({ contender }) => contender.startsWith('graphile')],
  ['contract floor', ({ contender }) => contender === 'contract floor'],
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
  const references = PEERS
    .map(([name, isOne]) =>
      [`x ${name}`, bestOf(results.filter(({ entry }) => isOne(entry)))] as const
    )
    .filter(([, rate]) => rate > 0);
  const heads = [
    'contender',
    'passes',
    'jobs/s',
    '±',
    ...references.map(([heading]) => heading),
    'Postgres CPU µs',
    'PostgREST CPU µs',
    'gateway CPU µs',
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
      number(middle(result, 'postgrestCpuUs')),
      number(middle(result, 'gatewayCpuUs')),
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

/** One line a row, of all rows that measure a rate: the best of each. */
export function summaryOf(results: Result[]): string {
  const heads = ['jobs/s', 'Puppet Retry', 'fused', ...PEERS.flatMap(([name]) => [name, 'x'])];
  const lines = [...Map.groupBy(results, ({ row }) => row.title)].map(([title, members]) => {
    const best = (isOne: (entry: Entry) => boolean) =>
      bestOf(members.filter(({ entry }) => isOne(entry)));
    const isOurs = ({ contender }: Entry) => contender.startsWith('puppet-retry');
    return [
      title,
      rateOrNone(best((entry) => isOurs(entry) && !entry.fused)),
      rateOrNone(best((entry) => isOurs(entry) && entry.fused === true)),
      ...PEERS.flatMap(([, isOne]) => {
        const rate = best(isOne);
        return [rateOrNone(rate), rate > 0 ? (best(isOurs) / rate).toFixed(2) : ''];
      }),
    ];
  });
  return `\nthe best of each, and how many times as fast the best of ours is\n\n${
    markdown([heads, ...lines])
  }`;
}

function rateOrNone(rate: number): string {
  return rate > 0 ? number(rate) : '';
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
