/**
 * `deno task token [--sub UUID] [--admin] [--folder DIR]`: prints a user's access token, valid for 1 h
 * at the platform of `deno task start` and nowhere else.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { readIfThere } from './files.ts';
import { readFlags } from './flags.ts';
import { readKeys } from './keys.ts';
import { signUserJwt } from './user_tokens.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

// The first of the two owners of the sample jobs in ../seed.sql.
const SAMPLE_OWNER = '00000000-0000-4000-9000-000000000001';

const flags = readFlags('token', {
  sub: { type: 'string', default: SAMPLE_OWNER },
  admin: { type: 'boolean', default: false },
  folder: { type: 'string', default: join(PROJECT, '.local') },
});

Deno.exit(await main());

async function main(): Promise<number> {
  // guid, not uuid: Postgres takes any 128 bits for a user's id.
  const sub = z.guid().safeParse(flags.sub);
  if (!sub.success) return refuse(`--sub is the user's id, a UUID like ${SAMPLE_OWNER}`);
  const keys = await readKeys(flags.folder);
  const { SUPABASE_URL: url } = parseEnv(await readIfThere(join(flags.folder, 'env')) ?? '');
  if (!keys || !url) {
    return refuse(
      `There is no platform in ${flags.folder}: deno task start makes one, and keeps it where its ` +
        '--folder DIR says',
    );
  }
  const claims = { sub: sub.data, app_metadata: flags.admin ? { puppet_admin: true } : {} };
  console.log(await signUserJwt(keys.jwk, url, claims));
  return 0;
}

function refuse(sentence: string): number {
  console.error(sentence);
  return 1;
}
