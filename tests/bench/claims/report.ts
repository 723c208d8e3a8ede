import type { Figure } from './measure.ts';
import { cases, ENTRIES } from './plan.ts';

/** The value that so large a share of all values does not exceed. */
function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Time of a call in ms. */
export function timesOf({ ms }: Figure) {
  return { medianMs: quantile(ms, 0.5), p95Ms: quantile(ms, 0.95) };
}

/** One Markdown table: a line for each case and n, and a column for each contender. */
export function tableOf(figures: Figure[]): string {
  const contenders = ENTRIES.map(({ contender }) => contender)
    .filter((name) => figures.some(({ contender }) => contender === name));
  const sizes = [...new Set(figures.map(({ n }) => n))].sort((a, b) => a - b);
  const lines = Object.values(cases).flatMap(({ name, title }) =>
    sizes
      .map((n) => ({ n, found: figures.filter((one) => one.case === name && one.n === n) }))
      .filter(({ found }) => found.length > 0)
      .map(({ n, found }) => [
        title,
        n.toLocaleString('en'),
        ...contenders.map((name) => cellOf(found.find(({ contender }) => contender === name))),
      ])
  );
  return table([['median ms / p95 ms / buffers of a call', 'n', ...contenders], ...lines]);
}

/** One figure in a line, for who waits. */
export function lineOf(figure: Figure): string {
  return `  ${figure.contender}, n = ${figure.n}, ${figure.title}: ${cellOf(figure)}`;
}

function cellOf(figure: Figure | undefined): string {
  if (!figure) return '–';
  const { medianMs, p95Ms } = timesOf(figure);
  return [number(medianMs), number(p95Ms), Math.round(figure.buffers).toLocaleString('en')]
    .join(' / ');
}

function number(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}

/** A Markdown table whose columns line up; the first line is its head, all but the first column numbers. */
function table(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  );
  const [head, ...body] = lines.map((line) =>
    `| ${
      line.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
      ).join(' | ')
    } |`
  );
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`
  );
  return [head, `| ${rule.join(' | ')} |`, ...body].join('\n');
}
