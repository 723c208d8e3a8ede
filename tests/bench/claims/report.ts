import { quantile } from '../statistics.ts';
import { markdown } from '../table.ts';
import type { Figure } from './measure.ts';
import { cases, ENTRIES } from './plan.ts';

/** Time of a call in ms. */
export function timesOf({ ms }: Figure) {
  const sorted = ms.toSorted((a, b) => a - b);
  return { medianMs: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
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
  return markdown([['median ms / p95 ms / buffers of a call', 'n', ...contenders], ...lines]);
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
