import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { join } from 'node:path';
import { readIfThere, writePrivateFile } from './files.ts';

/** What keys.json holds: everything secret that must stay the same between runs. */
export interface KeyFile {
  jwk: JWK;
  publishable: string;
  secret: string;
  anon: string;
  serviceRole: string;
  adminPassword: string;
  authenticatorPassword: string;
  processorSecret: string;
}

const TEN_YEARS = '3650d';

const KEY_FILE = 'keys.json';

/** Reads the keys of a folder, made at its first start. */
export async function loadKeys(folder: string): Promise<KeyFile> {
  const known = await readKeys(folder);
  if (known !== null) return known;
  const keys = await makeKeys();
  await writePrivateFile(join(folder, KEY_FILE), JSON.stringify(keys, null, 2));
  return keys;
}

/** The keys of a folder; null where no platform was started there yet. */
export async function readKeys(folder: string): Promise<KeyFile | null> {
  const known = await readIfThere(join(folder, KEY_FILE));
  return known === null ? null : JSON.parse(known);
}

/** The public half of the signing key as a JWKS. */
export function publicJwks(jwk: JWK): string {
  const { d: _private, key_ops: _use, ...publicJwk } = jwk;
  return JSON.stringify({ keys: [{ ...publicJwk, key_ops: ['verify'] }] });
}

/** Signs claims with ES256 and the key's `kid`; `lifetime` as in '1h'. */
export async function signJwt(
  jwk: JWK,
  claims: Record<string, unknown>,
  lifetime: string,
): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid ?? '', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(await importJWK(jwk, 'ES256'));
}

async function makeKeys(): Promise<KeyFile> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk: JWK = {
    ...await exportJWK(privateKey),
    kid: crypto.randomUUID(),
    alg: 'ES256',
    use: 'sig',
    key_ops: ['sign'],
  };
  const legacy = { iss: 'supabase', ref: 'local' };
  return {
    jwk,
    publishable: `sb_publishable_${randomText(16)}_${randomText(6)}`,
    secret: `sb_secret_${randomText(16)}_${randomText(6)}`,
    anon: await signJwt(jwk, { ...legacy, role: 'anon' }, TEN_YEARS),
    serviceRole: await signJwt(jwk, { ...legacy, role: 'service_role' }, TEN_YEARS),
    adminPassword: randomText(24),
    authenticatorPassword: randomText(24),
    processorSecret: randomText(32),
  };
}

function randomText(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...random)).replaceAll('+', '-').replaceAll('/', '_')
    .replaceAll('=', '');
}
