import type { Measured } from './measure.ts';
import type { Question } from './routes.ts';

/** What a question must keep to. */
export interface Limits {
  /** The most that its p99 may be, in ms. */
  ms: number;
  /** Requests that were to be made. */
  requests: number;
}

/** The head of the table that `lineOf` writes the lines of. */
export const HEAD = `${'asker'.padEnd(10)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)}  GET`;

/** Whether a question took too long or was refused. */
export function isAbove({ p99, status }: Measured, limits: Limits): boolean {
  return p99 > limits.ms || status !== 200;
}

/** The line of a question; a p99 of fewer requests than were to be made says of how many. */
export function lineOf({ asker, path }: Question, measured: Measured, limits: Limits): string {
  const { requests, p50, p99, status } = measured;
  const numbers = [p50, p99].map((ms) => ms.toFixed(1).padStart(8)).join(' ');
  const count = requests < limits.requests ? ` (${requests} requests)` : '';
  const mark = status !== 200 ? ` <- ${status}` : isAbove(measured, limits) ? ' <- above' : '';
  return `${asker.padEnd(10)} ${numbers}  ${path}${count}${mark}`;
}
