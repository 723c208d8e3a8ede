import dns from 'node:dns/promises';
import { isPublicAddress } from './public_address.ts';

/** Finds all addresses of a host name; throws or returns none when there are none. */
export type ResolveHost = (host: string) => Promise<string[]>;

/** How an endpoint is checked. */
export interface CheckOptions {
  /** Hosts (`host` or `host:port`) for which http and private addresses are fine. */
  allowedHosts: readonly string[];
  /** Defaults to the system's resolver. */
  resolve?: ResolveHost;
}

/** An endpoint URL that nothing may be sent to: classified as validation_error, since waiting does not change it. */
export class EndpointRefused extends Error {
  override name = 'EndpointRefused';
}

/** A host name without any address right now: classified as network. */
export class EndpointUnresolved extends Error {
  override name = 'EndpointUnresolved';
  /** The code that Node gives the same failure. */
  code = 'ENOTFOUND';
}

/** Returns the hosts of a comma separated list such as PUPPET_ALLOWED_ENDPOINT_HOSTS. */
export function parseAllowedHosts(list: string | undefined): string[] {
  return (list ?? '').split(',').map((host) => host.trim().toLowerCase()).filter((host) => host);
}

/**
 * Returns the parsed URL if a job may be sent to it; throws EndpointRefused for one that is not https or
 * leads into a private network, EndpointUnresolved for a host without addresses.
 */
export async function checkEndpointUrl(url: string, options: CheckOptions): Promise<URL> {
  const target = parseEndpoint(url);
  const allowed = isAllowedHost(target, options.allowedHosts);
  if (target.protocol !== 'https:' && !(allowed && target.protocol === 'http:')) {
    refuse(target, `must use https: current scheme is ${target.protocol.slice(0, -1)}`);
  }
  if (target.username !== '' || target.password !== '') {
    refuse(target, 'must not carry a user name or password');
  }
  if (allowed) return target;

  const host = bareHost(target);
  if (isInternalName(host)) refuse(target, 'must not be a local or internal name');
  const literal = isLiteral(target);
  const addresses = literal ? [host] : await findAddresses(host, options.resolve ?? resolveHost);
  if (!addresses.every(isPublicAddress)) {
    // Which private address it was would tell an outsider about the network inside.
    refuse(target, literal ? 'must be a public address' : 'must resolve to public addresses only');
  }
  return target;
}

function parseEndpoint(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // The text itself may hold a password, so it is not repeated.
    throw new EndpointRefused("Cannot deliver: 'endpoint_url' must be an absolute URL");
  }
}

function refuse(target: URL, complaint: string): never {
  const host = target.hostname === '' ? '' : ` (host ${target.hostname})`;
  throw new EndpointRefused(`Cannot deliver: 'endpoint_url' ${complaint}${host}`);
}

function isAllowedHost(target: URL, allowedHosts: readonly string[]): boolean {
  const port = target.port || (target.protocol === 'http:' ? '80' : '443');
  const host = bareHost(target);
  const names = [host, target.hostname, `${host}:${port}`, `${target.hostname}:${port}`];
  return allowedHosts.some((allowed) => names.includes(allowed.trim().toLowerCase()));
}

function bareHost(target: URL): string {
  return target.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

function isInternalName(host: string): boolean {
  return host === '' || /(?:^|\.)(?:localhost|local|internal)$/.test(host);
}

// The URL parser has turned every spelling of an IPv4 address (octal, hex, one number) into dots.
function isLiteral(target: URL): boolean {
  return target.hostname.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(bareHost(target));
}

async function findAddresses(host: string, resolve: ResolveHost): Promise<string[]> {
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw new EndpointUnresolved(`Cannot deliver: host ${host} does not resolve`, { cause });
  });
  if (addresses.length > 0) return addresses;
  throw new EndpointUnresolved(`Cannot deliver: host ${host} has no address`);
}

type ResolveRecords = (host: string, type: 'A' | 'AAAA') => Promise<string[]>;

/** Returns the A and AAAA addresses of `host`; throws when neither can be found. */
export async function resolveHost(host: string): Promise<string[]> {
  const resolve = recordResolver();
  const answers = await Promise.allSettled([resolve(host, 'A'), resolve(host, 'AAAA')]);
  const found = answers.flatMap((answer) => answer.status === 'fulfilled' ? answer.value : []);
  const failure = answers.find((answer) => answer.status === 'rejected');
  // Most hosts lack one of the two, so one answer is enough.
  if (found.length === 0 && failure) throw failure.reason;
  return found;
}

function recordResolver(): ResolveRecords {
  const runtime: unknown = Reflect.get(globalThis, 'Deno');
  if (hasResolveDns(runtime)) return (host, type) => runtime.resolveDns(host, type);
  return (host, type) => type === 'A' ? dns.resolve4(host) : dns.resolve6(host);
}

function hasResolveDns(runtime: unknown): runtime is { resolveDns: ResolveRecords } {
  return typeof runtime === 'object' && runtime !== null && 'resolveDns' in runtime;
}
