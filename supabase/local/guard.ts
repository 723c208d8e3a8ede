import { join } from 'node:path';

/** Ends the platform's processes when the platform itself was killed and could not. */
export interface Guard {
  /** Looks after a process; `command` is the path of its program. */
  watch(pid: number, command: string): void;
  release(pid: number): void;
  close(): Promise<void>;
}

// The shell's standard input is a pipe that only this process holds. However we end, the pipe closes,
// `read` fails, and what is still on the list is told to stop, those that are frozen too. SIGINT is Postgres's fast shutdown.
const SCRIPT = `
trap '' INT TERM HUP
pids=
while read -r word pid; do
  rest=
  for each in $pids; do [ "$each" = "$pid" ] || rest="$rest $each"; done
  pids=$rest
  [ "$word" = watch ] && pids="$pids $pid"
done
[ -n "$pids" ] || exit 0
kill -INT $pids
kill -CONT $pids
any_left() { for each in $pids; do kill -0 "$each" && return; done; return 1; }
tries=0
while [ $tries -lt 100 ] && any_left; do
  sleep 0.1
  tries=$((tries + 1))
done
kill -QUIT $pids
`;

/**
 * Starts the guard, one small shell process per platform.
 *
 * In `notes`, a folder, it also keeps a file per process, for the next start in case that the guard was killed too.
 */
export function openGuard(notes: string): Guard {
  const shell = new Deno.Command('/bin/sh', {
    args: ['-c', SCRIPT],
    stdin: 'piped',
    stdout: 'null',
    stderr: 'null',
  }).spawn();
  shell.unref();
  const input = shell.stdin.getWriter();
  // Lines are queued in order by the writer itself; a guard that was killed is no reason to stop.
  const tell = (line: string) => void input.write(new TextEncoder().encode(line)).catch(() => {});
  return {
    watch(pid, command) {
      Deno.writeTextFileSync(join(notes, String(pid)), command);
      tell(`watch ${pid}\n`);
    },
    release(pid) {
      Deno.removeSync(join(notes, String(pid)));
      tell(`release ${pid}\n`);
    },
    async close() {
      shell.ref();
      await input.close().catch(() => {});
      await shell.status;
    },
  };
}
