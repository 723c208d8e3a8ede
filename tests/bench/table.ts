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
  const widths = names.map((_, place) =>
    Math.max(...cells.map((line) => line[place]?.length ?? 0))
  );
  const isNumber = names.map((name) => rows.some((row) => typeof row[name] === 'number'));
  const [head = '', ...body] = cells.map((line) =>
    `| ${
      line.map((cell, place) =>
        isNumber[place] ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)
      ).join(' | ')
    } |`
  );
  const rule = `| ${
    widths.map((width, place) => '-'.repeat(width - 1) + (isNumber[place] ? ':' : '-')).join(' | ')
  } |`;
  return [`\n${title}\n`, head, rule, ...body, ...notes.map((note) => `\n${note}`)].join('\n');
}

function text(cell: Cell): string {
  if (typeof cell !== 'number') return cell ?? '-';
  const digits = Math.abs(cell) < 10 ? 3 : Math.abs(cell) < 100 ? 1 : 0;
  return Number.isInteger(cell) ? String(cell) : cell.toFixed(digits);
}
