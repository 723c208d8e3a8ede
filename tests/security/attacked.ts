import type { JWK } from 'jose';
import { gather, type Society } from '../end_to_end/people.ts';
import { loadKeys } from '../../supabase/local/keys.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import type { OldProject } from './old_project.ts';

/** A project with people in it, and what an attacker would like to have. */
export interface Attacked {
  readonly platform: Platform;
  readonly folder: string;
  readonly society: Society;
  /** What signs the project's tokens. */
  readonly signingKey: JWK;
}

/** Attacks by name; all of them share one project, which takes seconds to start. */
export type Cases = Record<string, (attacked: Attacked) => Promise<void>>;

export async function attackedProject({ platform, folder }: OldProject): Promise<Attacked> {
  const { jwk } = await loadKeys(folder);
  return { platform, folder, society: await gather(platform), signingKey: jwk };
}

/** Sends a request to one of the project's addresses; the path begins behind the host. */
export async function request(
  { platform }: Attacked,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string; headers: Headers }> {
  const init = body === undefined ? {} : { body };
  const response = await fetch(`${platform.url}${path}`, { method, headers, ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
