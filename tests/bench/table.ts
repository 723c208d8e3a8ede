/** A cell; numbers are rounded when they are printed. */
export type Cell = string | number | null;

/** What one part has measured, for people and as JSON. */
export interface Table {
  title: string;
  rows: Record<string, Cell>[];
  notes?: string[];
}

/** The table as Markdown. */
export function printed({ title, rows, notes = [] }: Table): string {
  const names = Object.keys(rows[0] ?? {});
  const cells = [names, ...rows.map((row) => names.map((name) => text(row[name] ?? null)))];
  const isNumber = (place: number) => rows.some((row) => typeof row[names[place]!] === 'number');
  return [`\n${title}\n`, markdown(cells, isNumber), ...notes.map((note) => `\n${note}`)].join(
    '\n',
  );
}

/** A Markdown table whose columns line up, numbers to the right; the first line is its head. */
export function markdown(lines: string[][], isNumber = (column: number) => column > 0): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  );
  const padded = (cell: string, column: number) =>
    isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  const [head = '', ...body] = lines.map((line) => `| ${line.map(padded).join(' | ')} |`);
  const rule = widths.map((width, column) =>
    '-'.repeat(Math.max(width - 1, 1)) + (isNumber(column) ? ':' : '-')
  );
  return [head, `| ${rule.join(' | ')} |`, ...body].join('\n');
}

function text(cell: Cell): string {
  if (typeof cell !== 'number') return cell ?? '-';
  const digits = Math.abs(cell) < 10 ? 3 : Math.abs(cell) < 100 ? 1 : 0;
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(digits);
}
