import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessingResult } from '../shared/cron_processor.ts';

const OURS = fileURLToPath(new URL('..', import.meta.url));

/**
 * Makes a project with our schema and nothing else but these functions, in `folder`; `functions` are
 * entry points by name, relative to this repository.
 */
export async function makeProject(
  folder: string,
  functions: Record<string, string>,
): Promise<string> {
  const supabase = join(folder, 'supabase');
  await Deno.mkdir(supabase, { recursive: true });
  await Deno.symlink(join(OURS, 'supabase', 'migrations'), join(supabase, 'migrations'));
  const importMap = JSON.stringify(join(OURS, 'deno.json'));
  const blocks = Object.entries(functions).map(([name, entrypoint]) =>
    [
      `[functions.${name}]`,
      `import_map = ${importMap}`,
      `entrypoint = ${JSON.stringify(join(OURS, entrypoint))}`,
      '',
    ].join('\n')
  );
  await Deno.writeTextFile(join(supabase, 'config.toml'), blocks.join('\n'));
  return folder;
}

/** One whole run of a processor, which also registers the job types that it can handle. */
export async function runProcessor(
  processorUrl: string,
  secretKey: string,
): Promise<ProcessingResult> {
  const response = await fetch(`${processorUrl}?wait=true`, {
    method: 'POST',
    headers: { apikey: secretKey },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`A run of the processor failed: ${response.status} ${text}`);
  return JSON.parse(text);
}
