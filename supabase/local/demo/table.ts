import { totalOf, type TypeProgress } from './progress.ts';

/** Shows how the jobs stand, again and again. */
export interface Display {
  /** `seconds` since the jobs were enqueued. */
  show(types: TypeProgress[], seconds: number): void;
  /** Leaves a table of the last state behind. */
  finish(types: TypeProgress[], seconds: number): void;
}

interface Column {
  title: string;
  width: number;
  colour?: number;
  read(type: TypeProgress): string;
}

const PLAIN_LINE_EVERY_SECONDS = 2;

const YELLOW = 33;
const GREEN = 32;
const RED = 31;
const DIM = 2;
const BOLD = 1;

const COLUMNS: Column[] = [
  { title: 'waiting', width: 9, read: ({ waiting }) => String(waiting) },
  { title: 'running', width: 9, read: ({ running }) => String(running) },
  { title: 'retrying', width: 10, colour: YELLOW, read: ({ retrying }) => String(retrying) },
  { title: 'completed', width: 11, colour: GREEN, read: ({ completed }) => String(completed) },
  { title: 'failed', width: 8, colour: RED, read: ({ failed }) => String(failed) },
  { title: 'next retry', width: 13, read: (type) => waitOf(type) },
];
const NAME_WIDTH = 20;
const TABLE_WIDTH = 2 + NAME_WIDTH + COLUMNS.reduce((sum, { width }) => sum + width, 0);

/** A table redrawn in place on a terminal that has room for it, else one plain line every 2 s. */
export function openDisplay(): Display {
  return hasRoom() ? liveTable(writeText) : plainLines(writeText);
}

/** A table that each call draws over the one before, in one write so that nothing flickers. */
export function liveTable(write: (text: string) => void): Display {
  let drawn = 0;
  const show = (types: TypeProgress[], seconds: number) => {
    const lines = ['', ...tableLines(types), progressLine(types, seconds)];
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    write(up + lines.map((line) => `\r${line}\x1b[K\n`).join(''));
    drawn = lines.length;
  };
  return { show, finish: show };
}

/** One line every 2 s, for logs. */
export function plainLines(write: (text: string) => void): Display {
  let next = 0;
  return {
    show(types, seconds) {
      if (seconds < next) return;
      next = seconds + PLAIN_LINE_EVERY_SECONDS;
      const total = totalOf(types);
      const cells = COLUMNS.map(({ title, read }) => `${title} ${read(total)}`);
      write(`${seconds.toFixed(0).padStart(4)} s  ${cells.join('  ')}\n`);
    },
    finish: (types, seconds) =>
      write(['', ...tableLines(types), progressLine(types, seconds), ''].join('\n')),
  };
}

/** A header, a row per type and their sum. */
export function tableLines(types: TypeProgress[]): string[] {
  const titles = COLUMNS.map(({ title, width }) => title.padStart(width));
  return [
    styled('  ' + 'type'.padEnd(NAME_WIDTH) + titles.join(''), DIM),
    ...types.map(rowOf),
    styled(plainRow(totalOf(types)), BOLD),
  ];
}

function rowOf(type: TypeProgress): string {
  const cells = COLUMNS.map(({ width, colour, read }) => {
    const text = read(type);
    return styled(text.padStart(width), text === '0' || text === '-' ? DIM : colour);
  });
  return nameOf(type) + cells.join('');
}

function plainRow(type: TypeProgress): string {
  return nameOf(type) + COLUMNS.map(({ width, read }) => read(type).padStart(width)).join('');
}

function nameOf({ jobType }: TypeProgress): string {
  return '  ' + jobType.padEnd(NAME_WIDTH);
}

function waitOf({ nextRetrySeconds }: TypeProgress): string {
  if (nextRetrySeconds === null) return '-';
  return nextRetrySeconds <= 0 ? 'now' : `in ${nextRetrySeconds.toFixed(1)} s`;
}

function progressLine(types: TypeProgress[], seconds: number): string {
  return styled(`  ${seconds.toFixed(1)} s, ${totalOf(types).attempts} attempts`, DIM);
}

/** Text in a colour or weight (an ANSI code), where the output is a terminal that wants it. */
export function styled(text: string, code: number | undefined): string {
  if (code === undefined || Deno.noColor || !Deno.stdout.isTerminal()) return text;
  return `\x1b[${code}m${text}\x1b[0m`;
}

function hasRoom(): boolean {
  if (!Deno.stdout.isTerminal()) return false;
  const { columns, rows } = Deno.consoleSize();
  return columns > TABLE_WIDTH && rows > 12;
}

function writeText(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += Deno.stdout.writeSync(bytes.subarray(written));
  }
}
