import type { Entry, Row } from './plan.ts';
import type { Result, Sample } from './sitting.ts';

/** Whom every line of a table is compared with: the best of a peer in that row. */
const REFERENCES: [heading: string, isOne: (entry: Entry) => boolean][] = [
  ['x pg-boss', ({ contender }) => contender.startsWith('pg-boss')],
  ['x graphile', ({ contender }) => contender.startsWith('graphile')],
  ['x contract floor', ({ contender }) => contender === 'contract floor'],
];

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
    'jobs/s',
    '±',
    ...references.map(([heading]) => heading),
    'server CPU µs',
    'client CPU µs',
    'WAL B',
    'buffers',
    'statements',
  ];
  const lines = results.map((result) => {
    const rate = middle(result, 'jobsPerSecond');
    return [
      nameOf(result.entry),
      number(rate),
      `${Math.round(spread(result.samples.map((one) => one.jobsPerSecond)) * 50)} %`,
      ...references.map(([, reference]) => (rate / reference).toFixed(2)),
      number(middle(result, 'serverCpuUs')),
      number(middle(result, 'clientCpuUs')),
      number(middle(result, 'walBytes')),
      result.counted ? number(result.counted.buffers) : '',
      result.counted ? result.counted.statements.toFixed(3) : '',
    ];
  });
  return `\n${row.title} (${row.table}; all but jobs/s for each job)\n\n${table(heads, lines)}`;
}

function bestOf(results: Result[]): number {
  return Math.max(0, ...results.map((result) => middle(result, 'jobsPerSecond')));
}

/** A Markdown table whose columns line up; all but the first are numbers. */
function table(heads: string[], lines: string[][]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...lines.map((line) => line[column]?.length ?? 0))
  );
  const format = (cells: string[]) =>
    `| ${
      cells.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
      )
        .join(' | ')
    } |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`
  );
  return [format(heads), format(rule), ...lines.map(format)].join('\n');
}

function number(value: number): string {
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
}
