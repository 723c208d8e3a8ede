import { middle, nameOf } from './report.ts';
import type { Result } from './sitting.ts';

const BAR = { left: 250, width: 420, height: 16, gap: 6 };
const HEADER = 34;
const OURS = '#0b62a4';
const OTHERS = '#b8b8b8';

/** Rows as bars of jobs per second, ours in colour, on one SVG page. */
export function drawChart(title: string, results: Result[]): string {
  const rows = Map.groupBy(results, ({ row }) => row.title);
  const parts: string[] = [text(12, 24, title, 'font-size="15" font-weight="600"')];
  let y = HEADER;
  for (const [name, members] of rows) {
    parts.push(text(12, y + 20, name, 'font-weight="600"'));
    y += 30;
    const most = Math.max(...members.map((one) => middle(one, 'jobsPerSecond')));
    for (const member of members) {
      parts.push(bar(y, member, most));
      y += BAR.height + BAR.gap;
    }
    y += 10;
  }
  const size = `width="780" height="${y}" viewBox="0 0 780 ${y}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12" fill="#222">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function bar(y: number, result: Result, most: number): string {
  const rate = middle(result, 'jobsPerSecond');
  const width = Math.max(1, rate / most * BAR.width).toFixed(1);
  const colour = result.entry.contender.startsWith('puppet-retry') ? OURS : OTHERS;
  const label = rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en');
  return [
    text(BAR.left - 8, y + 12, nameOf(result.entry), 'text-anchor="end"'),
    `<rect x="${BAR.left}" y="${y}" width="${width}" height="${BAR.height}" fill="${colour}"/>`,
    text(BAR.left + Number(width) + 6, y + 12, label, 'fill="#555"'),
  ].join('\n');
}

function text(x: number, y: number, words: string, style = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${style}>${escaped}</text>`;
}
