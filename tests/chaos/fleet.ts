import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '../../supabase/local/child_process.ts';
import { openGuard } from '../../supabase/local/guard.ts';
import { onTermination } from '../../supabase/local/termination.ts';
import { type LedgerEvent, type Note, readLedgerFile, realNow } from './ledger.ts';

/** Executors in processes of their own, each by its place from 0. */
export interface Fleet extends AsyncDisposable {
  /** Name of the process that runs there now, or ran there last. */
  nameAt(place: number): string;
  /** Sends a signal that ends it, and resolves when it has ended. */
  end(place: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts a new process there, under a new name. */
  start(place: number): void;
  /** Freezes it for so long; it knows nothing of that. */
  freeze(place: number, ms: number): Promise<void>;
  /** What all of them took down, since the start. */
  readLedgers(): Promise<LedgerEvent[]>;
}

export interface FleetOptions {
  /** Gets a new folder for logs and ledgers. */
  folder: string;
  env: Record<string, string>;
  /** How many hours the clock of each is off. */
  skews: number[];
  note: Note;
}

const PATIENCE_MS = 10_000;
const PROGRAM = fileURLToPath(new URL('./executor.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../deno.json', import.meta.url));

/** Starts one executor for each skew. */
export async function startFleet({ folder, env, skews, note }: FleetOptions): Promise<Fleet> {
  const home = join(folder, 'fleet');
  const running = join(home, 'running');
  await Deno.mkdir(running, { recursive: true });
  const guard = openGuard(running);
  const children: Child[] = [];
  const lives = skews.map(() => 0);
  const nameAt = (place: number) => `executor-${place}-${lives[place]}`;
  const ledgerOf = (place: number) => join(home, `${place}.jsonl`);
  const start = (place: number) => {
    lives[place] = (lives[place] ?? 0) + 1;
    const name = nameAt(place);
    const child = spawnChild({
      command: Deno.execPath(),
      args: [
        ...['run', '--quiet', '--no-prompt', '--no-lock', '--allow-all', '--config', CONFIG],
        ...[PROGRAM, name, ledgerOf(place), String(skews[place])],
      ],
      env: { ...Deno.env.toObject(), ...env },
      owner: null,
      logFile: join(home, `${place}.log`),
      guard,
      onLine: () => {},
    });
    children[place] = child;
    void child.exited.then(() => note({ what: 'died', at: realNow(), by: name }));
  };
  const end = async (place: number, signal: 'SIGKILL' | 'SIGTERM') => {
    await children[place]?.stop(signal, PATIENCE_MS, 'SIGKILL');
  };
  const places = [...skews.keys()];
  const endAll = async () => void await Promise.all(places.map((place) => end(place, 'SIGKILL')));
  const forget = onTermination(endAll);
  places.forEach(start);
  return {
    nameAt,
    end,
    start,
    async freeze(place, ms) {
      children[place]?.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      children[place]?.kill('SIGCONT');
    },
    readLedgers: async () =>
      (await Promise.all(places.map((place) => readLedgerFile(ledgerOf(place))))).flat(),
    async [Symbol.asyncDispose]() {
      forget();
      await endAll();
      await guard.close();
    },
  };
}
