const SHORTHANDS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Whether a pg_cron schedule is due: '10 seconds' counts from the last start, five fields are minutes of UTC.
 *
 * `lastStart` is null before the first run; times are milliseconds since 1970.
 */
export function isDue(
  schedule: string,
  now: number,
  firstSeen: number,
  lastStart: number | null,
): boolean {
  const seconds = /^\s*(\d+)\s+seconds?\s*$/i.exec(schedule)?.[1];
  if (seconds) return now - (lastStart ?? firstSeen) >= Number(seconds) * 1_000;
  const minute = Math.floor(now / 60_000);
  const known = Math.floor((lastStart ?? firstSeen) / 60_000);
  return minute > known && matchesMinute(schedule, new Date(now));
}

function matchesMinute(schedule: string, at: Date): boolean {
  const words = schedule.trim().toLowerCase();
  const [minute, hour, day, month, weekday] = (SHORTHANDS[words] ?? words).split(/\s+/);
  if (!minute || !hour || !day || !month || !weekday) return false;
  const onDay = day === '$'
    ? at.getUTCDate() === lastDayOfMonth(at)
    : matchesField(day, at.getUTCDate(), 1, 31);
  // Sunday is 0 and 7.
  const onWeekday = matchesField(weekday, at.getUTCDay(), 0, 7, DAYS) ||
    (at.getUTCDay() === 0 && matchesField(weekday, 7, 0, 7, DAYS));
  // The old rule of cron: if both are given, either will do.
  const eitherDay = day.startsWith('*') || weekday.startsWith('*');
  return matchesField(minute, at.getUTCMinutes(), 0, 59) &&
    matchesField(hour, at.getUTCHours(), 0, 23) &&
    matchesField(month, at.getUTCMonth() + 1, 1, 12, MONTHS, 1) &&
    (eitherDay ? onDay && onWeekday : onDay || onWeekday);
}

function lastDayOfMonth(at: Date): number {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
}

function matchesField(
  field: string,
  value: number,
  low: number,
  high: number,
  names: string[] = [],
  firstName = 0,
): boolean {
  const read = (word: string) => {
    const named = names.indexOf(word);
    return named >= 0 ? named + firstName : Number(word);
  };
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    const [first = '', last] = range.split('-');
    const from = range === '*' ? low : read(first);
    const to = range === '*' || (step && last === undefined) ? high : read(last ?? first);
    return value >= from && value <= to && (value - from) % Number(step ?? 1) === 0;
  });
}
