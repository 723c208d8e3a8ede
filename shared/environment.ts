import process from 'node:process';

/** Reads one environment variable, undefined where it is unset or empty. */
export function readEnvironment(name: string): string | undefined {
  return process.env[name] || undefined;
}
