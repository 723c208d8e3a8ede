import { join } from 'node:path';
import { readIfThere } from './files.ts';

/** The ports that a platform keeps from run to run. */
export interface Ports {
  postgres: number;
  gateway: number;
}

// Below the ranges from which Linux (32768) and macOS (49152) give ports to outgoing connections:
// else such a connection could take Postgres's port while it is stopped.
const LOWEST = 20_000;
const COUNT = 12_000;

/** A port on 127.0.0.1 that is free now: the preferred one if possible. */
export function freePort(preferred?: number): number {
  if (preferred !== undefined && isFree(preferred)) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (isFree(port)) return port;
  }
  throw new Error('Cannot find a free port on 127.0.0.1');
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: '127.0.0.1', port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** The ports of the last run in this folder; nothing at the first. */
export async function loadPorts(folder: string): Promise<Partial<Ports>> {
  return JSON.parse(await readIfThere(join(folder, 'ports.json')) ?? '{}');
}

/** Remembers the ports, so that addresses in users' own settings stay right. */
export async function savePorts(folder: string, ports: Ports): Promise<void> {
  await Deno.writeTextFile(join(folder, 'ports.json'), JSON.stringify(ports));
}
