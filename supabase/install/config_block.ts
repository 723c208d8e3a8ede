import { parse } from 'deno-std/toml/parse.js';
import { z } from 'zod';
import { HOME } from './shipment.ts';

// Deno's std comes without types on npm.
const parseToml: (text: string) => unknown = parse;

const BEGIN = '# >>> puppet-retry (its installer writes and removes this block)';
const END = '# <<< puppet-retry';

const configSchema = z.object({
  functions: z.record(z.string(), z.unknown()).default({}),
  api: z.object({ schemas: z.array(z.string()).default(['public']) }).default({
    schemas: ['public'],
  }),
});

/** What becomes of a config.toml. */
export interface ConfigPlan {
  /** The whole new text; null where it stays as it is. */
  text: string | null;
  /** What is ours in it then. */
  block: string | null;
  problem: string | null;
  note: string | null;
}

/** Puts the functions into a config.toml as a block at its end, or replaces the block put there before. */
export function planConfig(
  config: string,
  installedBlock: string | null,
  functions: string[],
): ConfigPlan {
  const block = configBlock(functions, config.endsWith('\n') ? '\n' : '\n\n');
  if (installedBlock !== null && config.includes(installedBlock)) {
    const same = installedBlock.trim() === block.trim();
    if (same) return { text: null, block: installedBlock, problem: null, note: null };
    return changed(config.replace(installedBlock, () => block), block);
  }
  if (hasInlineFunctions(config)) {
    const problem =
      'supabase/config.toml has functions = { … } in one line, which nothing can be ' +
      'added to: write it as tables, [functions.<name>], and install again';
    return { text: null, block: installedBlock, problem, note: null };
  }
  const taken = functions.filter((name) => name in readConfig(config).functions);
  if (taken.length === 0) return changed(config + block, block);
  if (installedBlock === null) {
    return { text: null, block: null, problem: takenNames(taken), note: null };
  }
  const note = `supabase/config.toml is kept, since you edited our block; it would be:\n${block}`;
  return { text: null, block: installedBlock, problem: null, note };
}

/** Our parser lets pass what the CLI's does not: a table that is added to an inline one. */
function hasInlineFunctions(config: string): boolean {
  const [beforeTables = ''] = config.split(/^\s*\[/m);
  return /^\s*functions\s*=/m.test(beforeTables);
}

/** A config.toml without the block; null where the block is not in it as it was written. */
export function withoutBlock(config: string, block: string): string | null {
  return config.includes(block) ? config.replace(block, '') : null;
}

/** What a config.toml says that matters to us. Throws where it is not TOML. */
export function readConfig(config: string): z.infer<typeof configSchema> {
  return configSchema.parse(parseToml(config));
}

export function takenNames(names: string[]): string {
  return `your project has its own function ${names.join(' and ')}: the URLs of Puppet Retry are ` +
    'fixed, so rename yours (its folder, and its entry in supabase/config.toml) and install again';
}

function configBlock(functions: string[], lead: string): string {
  const entries = functions.map((name) =>
    `[functions.${name}]
enabled = true
# It checks signatures and keys itself.
verify_jwt = false
import_map = "../${HOME}/deno.json"
entrypoint = "../${HOME}/functions/${name}/index.ts"
`
  );
  return `${lead}${BEGIN}\n${entries.join('\n')}${END}\n`;
}

function changed(text: string, block: string): ConfigPlan {
  return { text, block, problem: null, note: null };
}
