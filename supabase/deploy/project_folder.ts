import { join } from 'node:path';
import { deployedFunctions } from '../install/shipment.ts';
import { isThere } from '../local/files.ts';

/** Throws a sentence that says what to do, where the folder is no project that `functions` could be deployed from. */
export async function checkProject(
  project: string,
  functions: string[],
  secretsFile: string | null,
): Promise<void> {
  if (!await isThere(project)) {
    throw new Error(`There is no folder ${project}: give your project's by --project DIR`);
  }
  if (!await isThere(join(project, 'supabase', 'config.toml'))) {
    throw new Error(
      `There is no supabase/config.toml in ${project}: give the folder that holds supabase/ by ` +
        '--project DIR, or run npx supabase init there first',
    );
  }
  const served = await deployedFunctions(project);
  const missing = functions.filter((name) => !served.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${project} has no function ${
        missing.join(' and ')
      }, with an entry in supabase/config.toml ` +
        `and the file that it names: run deno task install --into ${project} first`,
    );
  }
  if (secretsFile !== null && !await isThere(secretsFile)) {
    throw new Error(`There is no file ${secretsFile}: --secrets FILE names a .env file`);
  }
}
