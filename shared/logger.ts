import { redact } from './redaction.ts';

/** What a log line may carry: names and numbers, never payloads, keys or tokens. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Where log lines go. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Writes one redacted JSON object a line: information to stdout, warnings and errors to stderr. */
export const consoleLogger: Logger = {
  info: (message, fields) => console.log(line('info', message, fields)),
  warn: (message, fields) => console.warn(line('warn', message, fields)),
  error: (message, fields) => console.error(line('error', message, fields)),
};

function line(level: string, message: string, fields: LogFields = {}): string {
  const values = Object.entries({ level, message, ...fields }).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value) : value,
  ]);
  return JSON.stringify(Object.fromEntries(values));
}

/** A logger that adds the fields to every line. */
export function withFields(logger: Logger, fields: LogFields): Logger {
  return {
    info: (message, more) => logger.info(message, { ...fields, ...more }),
    warn: (message, more) => logger.warn(message, { ...fields, ...more }),
    error: (message, more) => logger.error(message, { ...fields, ...more }),
  };
}
