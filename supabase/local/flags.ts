import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The flags that a task was given; `--help`, or one that it does not have, ends it and names them. */
export function readFlags<const Options extends ParseArgsOptionsConfig>(
  task: string,
  options: Options,
) {
  const usage = usageOf(task, options);
  if (Deno.args.includes('--help')) {
    console.log(usage);
    Deno.exit(0);
  }
  try {
    return parseArgs({ args: Deno.args, options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    Deno.exit(2);
  }
}

function usageOf(task: string, options: ParseArgsOptionsConfig): string {
  const flags = Object.entries(options).map(([name, { type, default: preset }]) =>
    type === 'boolean' ? `[--${name}]` : `[--${name} ${preset || 'TEXT'}]`
  );
  return `Usage: deno task ${task} ${flags.join(' ')}`;
}
