import type { JWK } from 'jose';
import { signJwt } from './keys.ts';

/** Claims of a user's token; those that are not given are as Supabase Auth makes them. */
export interface UserClaims {
  /** The user's id. */
  sub: string;
  email?: string;
  app_metadata?: Record<string, unknown>;
  user_metadata?: Record<string, unknown>;
  [claim: string]: unknown;
}

/** Signs a token of the role authenticated, valid for 1 h, as Supabase Auth at `url` would. */
export async function signUserJwt(jwk: JWK, url: string, claims: UserClaims): Promise<string> {
  const usual = {
    iss: `${url}/auth/v1`,
    aud: 'authenticated',
    role: 'authenticated',
    email: '',
    phone: '',
    app_metadata: {},
    user_metadata: {},
    aal: 'aal1',
    session_id: crypto.randomUUID(),
    is_anonymous: false,
  };
  return await signJwt(jwk, { ...usual, ...claims }, '1h');
}
