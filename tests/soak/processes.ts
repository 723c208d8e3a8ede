/** What a process has used so far. */
export interface ProcessStat {
  pid: number;
  parent: number;
  /** In user and kernel mode, in ms. */
  cpuMs: number;
  /** The same of children that have ended and were waited for. */
  endedChildrenCpuMs: number;
}

/** A clock tick of /proc: USER_HZ is 100 on every Linux that we run on. */
const TICK_MS = 10;

/** Reads a line of /proc/<pid>/stat. */
export function parseStat(line: string): ProcessStat {
  // The program's name stands in brackets, and may hold spaces and brackets of its own.
  const nameEnd = line.lastIndexOf(')');
  const fields = line.slice(nameEnd + 2).trim().split(' ').map(Number);
  const [, parent = NaN] = fields;
  const [user = NaN, kernel = NaN, childUser = NaN, childKernel = NaN] = fields.slice(11, 15);
  return {
    pid: Number.parseInt(line),
    parent,
    cpuMs: (user + kernel) * TICK_MS,
    endedChildrenCpuMs: (childUser + childKernel) * TICK_MS,
  };
}

/** Memory of a process in MB of 10^6 bytes. */
export interface ProcessMemory {
  /** All that is resident. */
  memoryMb: number;
  /** That part which is no mapped file: heaps and stacks, without the program itself. */
  anonymousMb: number;
}

/** Reads /proc/<pid>/status; NaN where the process has no memory. */
export function parseMemory(status: string): ProcessMemory {
  const megabytes = (name: string) => {
    const [, kb] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return Number(kb ?? NaN) * 1024 / 1e6;
  };
  return { memoryMb: megabytes('VmRSS'), anonymousMb: megabytes('RssAnon') };
}

/** What a process uses; null when it has ended. */
export async function readProcess(pid: number): Promise<ProcessStat & ProcessMemory | null> {
  const [stat, status] = await Promise.all([
    readIfAlive(`/proc/${pid}/stat`),
    readIfAlive(`/proc/${pid}/status`),
  ]);
  return stat === null || status === null ? null : { ...parseStat(stat), ...parseMemory(status) };
}

/**
 * CPU time of a process and all its children, ended ones among them, in ms; without the child
 * `except`, which must live.
 */
export async function familyCpuMs(pid: number, except: number): Promise<number> {
  const all = await Promise.all(
    (await Array.fromAsync(Deno.readDir('/proc'), ({ name }) => name))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readIfAlive(`/proc/${name}/stat`)),
  );
  const stats = all.filter((line) => line !== null).map(parseStat);
  return stats
    .filter((stat) => stat.pid === pid || (stat.parent === pid && stat.pid !== except))
    .reduce((sum, stat) => sum + stat.cpuMs + stat.endedChildrenCpuMs, 0);
}

/** The child of a process that runs this program; throws where there is none. */
export async function childNamed(parent: number, program: string): Promise<number> {
  for await (const { name } of Deno.readDir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if ((await readIfAlive(`/proc/${name}/comm`))?.trim() !== program) continue;
    if ((await readProcess(Number(name)))?.parent === parent) return Number(name);
  }
  throw new Error(`Process ${parent} has no child that runs ${program}`);
}

async function readIfAlive(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    // Ended: before the file was opened, or (ESRCH) before it was read.
    return null;
  }
}
