import {
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { publicJwks, signJwt } from '../../supabase/local/keys.ts';
import type { Attacked } from './attacked.ts';

const HOUR = 3600;

function base64url(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_')
    .replaceAll('=', '');
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** What a token of a signed-in user of the project says. */
function usual({ platform }: Attacked): Record<string, unknown> {
  return {
    iss: `${platform.url}/auth/v1`,
    aud: 'authenticated',
    role: 'authenticated',
    sub: crypto.randomUUID(),
    app_metadata: { puppet_admin: true },
  };
}

/** A token that the project itself would have signed, with these claims; undefined ones are left out. */
export async function properlySigned(
  attacked: Attacked,
  claims: Record<string, unknown>,
): Promise<string> {
  const plain = { ...usual(attacked), app_metadata: {}, ...claims };
  return await signJwt(attacked.signingKey, plain, '1h');
}

async function signed(
  key: CryptoKey | Uint8Array,
  header: JWTHeaderParameters,
  claims: Record<string, unknown>,
): Promise<string> {
  return await new SignJWT({ exp: seconds() + HOUR, ...claims }).setProtectedHeader(header)
    .sign(key);
}

async function publicPem(jwk: JWK): Promise<string> {
  const [publicJwk] = JSON.parse(publicJwks(jwk)).keys;
  const key = await importJWK(publicJwk, 'ES256', { extractable: true });
  if (key instanceof Uint8Array) throw new Error('a public key is no secret');
  return await exportSPKI(key);
}

/** Tokens by the attack that they are; none of them may count anywhere. */
export async function forgeries(attacked: Attacked): Promise<Record<string, string>> {
  const { signingKey } = attacked;
  const kid = signingKey.kid ?? '';
  const claims = usual(attacked);
  const asService = { ...claims, role: 'service_role' };
  const own = await generateKeyPair('ES256', { extractable: true });
  const genuine = await properlySigned(attacked, {});
  const [head = '', payload = '', signature = ''] = genuine.split('.');
  const ownKey = own.privateKey;
  const unsigned = (alg: string, end = '') =>
    `${base64url({ alg, kid, typ: 'JWT' })}.${
      base64url({ exp: seconds() + HOUR, ...asService })
    }.${end}`;
  const hmac = (secret: string) =>
    signed(new TextEncoder().encode(secret), { alg: 'HS256', kid, typ: 'JWT' }, asService);
  const project = await importJWK(signingKey, 'ES256');
  const outlived = (more: Record<string, unknown>) =>
    signed(project, { alg: 'ES256', kid }, { ...claims, ...more });
  return {
    'alg none': unsigned('none'),
    'alg None': unsigned('None'),
    'alg nOnE with a signature': unsigned('nOnE', signature),
    'alg ES256 without a signature': unsigned('ES256'),
    'alg ES256, all zeros': unsigned('ES256', base64url('').replace(/.*/, 'A'.repeat(86))),
    'HS256 by the public key as PEM': await hmac(await publicPem(signingKey)),
    'HS256 by the public JWKS': await hmac(publicJwks(signingKey)),
    'HS256 by the x of the key': await hmac((signingKey.x ?? '').padEnd(32, '0')),
    'HS256 by the publishable key': await hmac(attacked.platform.keys.publishable.padEnd(32, '0')),
    'HS256 by a well-known secret': await hmac(
      'super-secret-jwt-token-with-at-least-32-characters-long',
    ),
    'another key under our kid': await signed(ownKey, { alg: 'ES256', kid }, asService),
    'another key under its own kid': await signed(ownKey, { alg: 'ES256', kid: 'mine' }, asService),
    'another key without a kid': await signed(ownKey, { alg: 'ES256' }, claims),
    'a kid that is a path': await signed(ownKey, { alg: 'ES256', kid: '../../dev/null' }, claims),
    'a kid that is SQL': await signed(ownKey, { alg: 'ES256', kid: `' or '1'='1` }, claims),
    'a key of its own in the header': await signed(ownKey, {
      alg: 'ES256',
      kid,
      jwk: JSON.parse(publicJwks({ ...signingKey })).keys[0],
    }, asService),
    'a key set of its own by URL': await signed(ownKey, {
      alg: 'ES256',
      kid,
      jku: 'http://127.0.0.1:9/jwks.json',
    }, asService),
    'of another project': await signed(ownKey, { alg: 'ES256', kid: crypto.randomUUID() }, {
      ...claims,
      iss: 'https://other.supabase.co/auth/v1',
    }),
    'expired': await outlived({ exp: seconds() - 90 }),
    'expired for years': await outlived({ exp: 1 }),
    'not valid yet': await outlived({ nbf: seconds() + HOUR }),
    'claims exchanged': `${head}.${base64url(asService)}.${signature}`,
    'header exchanged': `${base64url({ alg: 'HS256', kid })}.${payload}.${signature}`,
    'signature cut': genuine.slice(0, -2),
    'signature bent': `${head}.${payload}.${signature.split('').reverse().join('')}`,
    'two tokens': `${genuine}.${genuine}`,
    'nothing but dots': '..',
  };
}
