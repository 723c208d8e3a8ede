import { TextLineStream } from './text_lines.ts';
import type { Guard } from './guard.ts';

export interface ChildOptions {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Runs as this user; null means as ourselves. */
  owner: { uid: number; gid: number } | null;
  logFile: string;
  guard: Guard;
  /** Called for every line of its standard output and error. */
  onLine: (line: string) => void;
}

/** A running process whose output goes to a log file. */
export interface Child {
  readonly pid: number;
  /** Resolves, after its last line was logged, when the process has ended. */
  readonly exited: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Sends `signal`, waits `patienceMs`, sends `lastSignal`, and resolves when it has ended. */
  stop(signal: Deno.Signal, patienceMs: number, lastSignal: Deno.Signal): Promise<void>;
}

/** Starts a process in the foreground, with nothing of our environment but what `env` gives. */
export function spawnChild(options: ChildOptions): Child {
  const process = new Deno.Command(options.command, {
    args: options.args,
    env: options.env,
    clearEnv: true,
    cwd: '/',
    // In a group of its own: a terminal's Ctrl-C is for us, who end the children in their order.
    detached: true,
    // Held open as long as we live: a child that reads it learns of our end.
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
    ...options.owner,
  }).spawn();
  options.guard.watch(process.pid, options.command);
  const input = process.stdin.getWriter();
  let ended = false;
  const logged = logOutput(process, options);
  const exited = (async () => {
    const status = await process.status;
    ended = true;
    options.guard.release(process.pid);
    await input.close().catch(() => {});
    await logged;
    return status;
  })();
  const kill = (signal: Deno.Signal) => {
    if (!ended) sendSignal(process, signal);
  };
  return { pid: process.pid, exited, kill, stop: (...plan) => stopChild(kill, exited, ...plan) };
}

function sendSignal(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    // It ended a moment ago, and its status has not reached us yet.
    const gone = error instanceof Deno.errors.NotFound || error instanceof TypeError;
    if (!gone) throw error;
  }
}

async function stopChild(
  kill: (signal: Deno.Signal) => void,
  exited: Promise<unknown>,
  signal: Deno.Signal,
  patienceMs: number,
  lastSignal: Deno.Signal,
): Promise<void> {
  kill(signal);
  const timer = setTimeout(() => kill(lastSignal), patienceMs);
  await exited;
  clearTimeout(timer);
}

async function logOutput(process: Deno.ChildProcess, options: ChildOptions): Promise<void> {
  using log = await Deno.open(options.logFile, { create: true, append: true, mode: 0o600 });
  const encoder = new TextEncoder();
  const pump = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      await log.write(encoder.encode(line + '\n'));
      options.onLine(line);
    }
  };
  await Promise.all([pump(process.stdout), pump(process.stderr)]);
}
