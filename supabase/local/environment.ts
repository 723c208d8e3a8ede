import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { PlatformKeys } from './platform.ts';
import { readIfThere, writePrivateFile } from './files.ts';

/** Where test servers and demo endpoints are: delivery and health are fine with them. */
export const LOCAL_HOSTS = '127.0.0.1,localhost,[::1]';

/** What a program on this machine needs in order to use the platform. */
export function platformEnvironment(
  url: string,
  dbUrl: string,
  processorUrl: string,
  keys: PlatformKeys,
): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_DB_URL: dbUrl,
    SUPABASE_PUBLISHABLE_KEY: keys.publishable,
    SUPABASE_SECRET_KEY: keys.secret,
    SUPABASE_ANON_KEY: keys.anon,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRole,
    SUPABASE_JWKS: keys.jwks,
    PROCESSOR_URL: processorUrl,
  };
}

/** What a function sees: the names that hosted Supabase sets, then what the project's supabase/.env adds. */
export async function functionEnvironment(
  project: string,
  env: Record<string, string>,
): Promise<Record<string, string>> {
  const hosted = [
    'SUPABASE_URL',
    'SUPABASE_DB_URL',
    'SUPABASE_ANON_KEY',
    'SUPABASE_SERVICE_ROLE_KEY',
    'SUPABASE_JWKS',
  ];
  return {
    ...Object.fromEntries(hosted.map((name) => [name, env[name] ?? ''])),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env['SUPABASE_PUBLISHABLE_KEY'] }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: env['SUPABASE_SECRET_KEY'] }),
    PUPPET_ALLOWED_ENDPOINT_HOSTS: LOCAL_HOSTS,
    ...await readDotenv(join(project, 'supabase', '.env')),
  };
}

/** Writes a dotenv file that only its owner can read. */
export async function writeEnvironment(path: string, env: Record<string, string>): Promise<void> {
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
  await writePrivateFile(path, lines.join(''));
}

async function readDotenv(path: string): Promise<Record<string, string>> {
  const found = Object.entries(parseEnv(await readIfThere(path) ?? ''));
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']));
}
