import { type Rule } from './rule.ts';

/** A job whose enqueue was acknowledged is there. */
export const lost: Rule = ({ row, keys }) =>
  row || keys.length === 0 ? [] : [`${keys} was acknowledged and is gone`];

/** Each job is one that we enqueued, under its own key, and each key is one job. */
export const doubled: Rule = ({ row, keys }) => {
  if (!row) return [];
  if (keys.length === 0) return [`nobody was told of this job, key ${row.key}`];
  return keys.filter((key) => key !== row.key).map((key) => `${key} was answered by ${row.key}`);
};

/** Every job ends, and says so in both columns. */
export const unended: Rule = ({ row }) => {
  if (!row) return [];
  const { status, finalStatus, completedAt } = row;
  const isEnded = ['completed', 'permanently_failed', 'cancelled'].includes(status);
  return isEnded && finalStatus === status && completedAt !== null
    ? []
    : [`status ${status}, final_status ${finalStatus}, completed_at ${completedAt}`];
};
