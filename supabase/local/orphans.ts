import { join } from 'node:path';
import { readIfThere } from './files.ts';

const PATIENCE_MS = 10_000;

/** Stops what a platform that was killed, and its guard with it, left running, by the guard's notes. */
export async function stopOrphans(notes: string): Promise<void> {
  for await (const { name } of Deno.readDir(notes)) {
    const note = join(notes, name);
    // After a reboot its number can be anybody's, ours as well.
    if (Number(name) !== Deno.pid) await end(Number(name), await Deno.readTextFile(note));
    await Deno.remove(note);
  }
}

/** Removes the pid file of a dead Postgres whose number is another program's by now: Postgres would refuse to start. */
export async function forgetForeignPid(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  const pid = parseInt(await readIfThere(pidFile) ?? '', 10);
  if (!(pid > 1)) return;
  const words = await commandLine(pid);
  if (words !== '' && !words.includes('postgres')) await Deno.remove(pidFile);
}

async function end(pid: number, command: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!await runs(pid, command)) return;
    Deno.kill(pid, signal);
    for (let waited = 0; waited < PATIENCE_MS && await runs(pid, command); waited += 50) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Whether the number is still that of the program, and not of another one that came later. */
async function runs(pid: number, command: string): Promise<boolean> {
  return (await commandLine(pid)).startsWith(command);
}

/** Program and arguments; empty if there is no such process, or only its remains. */
async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === 'linux') {
    return (await readIfThere(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
  }
  const ps = await new Deno.Command('ps', { args: ['-o', 'args=', '-p', String(pid)] }).output();
  return new TextDecoder().decode(ps.stdout);
}
