import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThere } from '../../supabase/local/files.ts';
import { TextLineStream } from '../../supabase/local/text_lines.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { eventually, TINY_PROJECT } from './tiny_platform.ts';

interface Held {
  process: Deno.ChildProcess;
  /** Every process that it started, at any depth. */
  descendants: number[];
}

/** A platform in a process of its own. */
async function hold(folder: string): Promise<Held> {
  const process = spawnHolder(folder, 'quick');
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  for await (const line of lines) if (line === 'up') break;
  const descendants = await descendantsOf(process.pid);
  assert.ok(descendants.length >= 4, 'guard, Postgres, PostgREST and a function');
  return { process, descendants };
}

/** Durable data is made by initdb, which can be met at its work. */
function spawnHolder(folder: string, kind: 'durable' | 'quick'): Deno.ChildProcess {
  const program = fileURLToPath(new URL('./hold_platform.ts', import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', program, folder, TINY_PROJECT, kind],
    stdin: 'null',
    stdout: 'piped',
  }).spawn();
}

async function descendantsOf(parent: number): Promise<number[]> {
  const all = await processes();
  const below = (pid: number): number[] =>
    all.filter(([, above]) => above === pid).flatMap(([own = 0]) => [own, ...below(own)]);
  return below(parent);
}

async function childrenOf(parent: number): Promise<number[]> {
  return (await processes()).filter(([, above]) => above === parent).map(([own = 0]) => own);
}

/** Id and parent of every process. */
async function processes(): Promise<number[][]> {
  const ps = await new Deno.Command('ps', { args: ['-A', '-o', 'pid=,ppid='] }).output();
  return new TextDecoder().decode(ps.stdout).trim().split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 is not to be had in Deno; SIGCONT does nothing to a process that runs.
    Deno.kill(pid, 'SIGCONT');
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  Deno.test(`after ${signal} no process is left, and the next start has the data`, async () => {
    const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
    const { process, descendants } = await hold(folder);
    process.kill(signal);
    const status = await process.status;
    if (signal === 'SIGTERM') assert.equal(status.code, 143);
    if (signal !== 'SIGKILL') assert.deepEqual(descendants.filter(isAlive), []);
    else await eventually(() => Promise.resolve(!descendants.some(isAlive)));
    await startAgain(folder);
  });
}

Deno.test('after SIGKILL no frozen process is left either', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const { process, descendants } = await hold(folder);
  // All but the guard, which is the first.
  for (const pid of (await childrenOf(process.pid)).slice(1)) Deno.kill(pid, 'SIGSTOP');
  process.kill('SIGKILL');
  await process.status;
  // Not by isAlive, which thaws.
  await eventually(async () => {
    const living = await processes();
    return !living.some(([pid = 0]) => descendants.includes(pid));
  });
  await startAgain(folder);
});

Deno.test('what is left when the guard was killed too is stopped by the next start', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const { process, descendants } = await hold(folder);
  // The guard is the first child; without it nobody ends the others.
  Deno.kill(descendants[0] ?? 0, 'SIGKILL');
  process.kill('SIGKILL');
  await process.status;
  await startAgain(folder);
  await eventually(() => Promise.resolve(!descendants.some(isAlive)));
});

Deno.test('a platform that is told to end while it starts leaves nothing running', async () => {
  for (const delayMs of [400, 1_000, 1_600]) {
    const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
    const process = spawnHolder(folder, 'durable');
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const descendants = await descendantsOf(process.pid);
    process.kill('SIGTERM');
    const [status] = await Promise.all([process.status, process.stdout.cancel()]);
    assert.ok(!status.success);
    assert.deepEqual(descendants.filter(isAlive), []);
    // On a busy machine it may not have begun yet.
    const running = join(folder, 'running');
    if (await isThere(running)) assert.deepEqual(await Array.fromAsync(Deno.readDir(running)), []);
    await startAgain(folder);
  }
});

async function startAgain(folder: string): Promise<void> {
  await using _platform = await startPlatform({
    folder,
    temporary: true,
    project: TINY_PROJECT,
    functions: false,
    ticks: false,
  });
}
