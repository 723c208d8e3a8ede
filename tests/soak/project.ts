import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OURS = fileURLToPath(new URL('../..', import.meta.url));

/** Makes a project with our schema and the soak's processor, and nothing else, in `folder`. */
export async function makeProject(folder: string): Promise<string> {
  const supabase = join(folder, 'supabase');
  await Deno.mkdir(supabase, { recursive: true });
  await Deno.symlink(join(OURS, 'supabase', 'migrations'), join(supabase, 'migrations'));
  const paths = {
    import_map: join(OURS, 'deno.json'),
    entrypoint: join(OURS, 'tests', 'soak', 'processor.ts'),
  };
  const lines = Object.entries(paths).map(([name, path]) => `${name} = ${JSON.stringify(path)}\n`);
  await Deno.writeTextFile(
    join(supabase, 'config.toml'),
    `[functions.processor]\n${lines.join('')}`,
  );
  return folder;
}
