import type { JobRecord } from './job_record.ts';

/** What a rule finds wrong with one job: a sentence for each fault, none where all is well. */
export type Rule = (job: JobRecord) => string[];

/** By so much two clocks on this machine may seem apart, in ms: they are read at different moments. */
export const CLOCK_MS = 500;

/** Values that come more than once, each once. */
export function repeated<Value>(values: Value[]): Value[] {
  return [...new Set(values.filter((value, place) => values.indexOf(value) !== place))];
}
