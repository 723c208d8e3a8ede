import { z } from 'zod';
import { supabase } from './cli.ts';
import type { Check, LiveProject, Receipt } from './live_project.ts';
import type { DeploySettings } from './settings.ts';

/** How long the first call may take from the tick to its end, in ms; a run takes up to 60 s. */
const CALL_LIMIT_MS = 120_000;
const POLL_MS = 1_000;

export interface Deployment {
  settings: DeploySettings;
  functions: string[];
  live: LiveProject;
  /** Whether a database that was restored or cloned may do what is due there. */
  arm: boolean;
}

/** One step of a deployment: looks whether it is done, does it if not, and says what became of it. */
export interface Step {
  name: string;
  run(deployment: Deployment): Promise<string>;
}

const pushed = z.object({ migrations: z.array(z.string()) });
const anything = z.unknown();

/** In their order; every one may be made again. */
export const STEPS: Step[] = [
  {
    name: 'migrations',
    async run({ settings }) {
      const command = ['db', 'push', `--remote=${settings.database}`];
      const { migrations: missing } = await supabase(settings, pushed, ...command, '--dry-run');
      if (missing.length === 0) return 'all are applied';
      await supabase(settings, pushed, ...command);
      return `${missing.length} applied: ${missing.at(0)} to ${missing.at(-1)}`;
    },
  },
  {
    name: 'secrets of the functions',
    async run({ settings }) {
      const { secretsFile, ref } = settings;
      if (secretsFile === null) return 'none given (--secrets FILE)';
      const flags = ['--env-file', secretsFile, `--remote=${ref}`];
      await supabase(settings, anything, 'secrets', 'set', ...flags);
      return `set from ${secretsFile}`;
    },
  },
  {
    name: 'functions',
    async run({ settings, functions }) {
      // The CLI uploads nothing that has not changed.
      const flags = ['--use-api', `--remote=${settings.ref}`];
      await supabase(settings, anything, 'functions', 'deploy', ...functions, ...flags);
      return `${functions.join(', ')} deployed`;
    },
  },
  {
    name: 'what is due there',
    async run({ live, arm }) {
      const { ok, text } = await ticksArmed(live);
      // Whatever else keeps ticks from calling, a person looks at first.
      if (ok || arm || text.includes('nobody armed the ticks yet')) return 'may be done';
      throw new Error(
        `${text}\nWhat is due there may have been done already, by the project that it was ` +
          'copied from: look at it, then deploy with --arm, which runs it and arms the ticks.',
      );
    },
  },
  {
    name: 'what the processor can run',
    async run({ live }) {
      await live.run();
      return 'the processor ran once';
    },
  },
  {
    name: 'arming the ticks',
    async run({ live, settings }) {
      const { ok, text } = await ticksArmed(live);
      if (ok && text.endsWith(new URL(settings.url).origin)) return text;
      await live.arm();
      return `armed for ${new URL(settings.url).origin}`;
    },
  },
  {
    name: 'a tick',
    async run({ live }) {
      const known = new Set((await live.receipts()).map(({ id }) => id));
      await forceTick(live);
      await answeredReceipt(live, known);
      return 'it was answered, and its run has finished';
    },
  },
];

async function ticksArmed(live: LiveProject): Promise<Check> {
  const check = (await live.checks()).find(({ name }) => name === 'ticks_armed');
  if (!check) throw new Error('health does not say whether the ticks are armed');
  return check;
}

async function forceTick(live: LiveProject): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const { skipped, disarmed, error } = await live.tick();
    if (disarmed ?? error) throw new Error(`the tick could not call: ${disarmed ?? error}`);
    if (!skipped) return;
    await sleep(POLL_MS);
  }
  throw new Error('another tick is running all the time: try again');
}

/** Waits for the end of a call that was not known before. */
async function answeredReceipt(live: LiveProject, known: Set<string>): Promise<void> {
  let last: Receipt | undefined;
  for (const limit = Date.now() + CALL_LIMIT_MS; Date.now() < limit; await sleep(POLL_MS)) {
    const added = (await live.receipts()).filter(({ id }) => !known.has(id));
    if (added.some(({ finished_at }) => finished_at !== null)) return;
    last = added[0];
  }
  throw new Error(
    last?.started_at
      ? "the processor took the tick's call and did not finish: the log of the function says why"
      : "nobody answered the tick's call: is the processor deployed at the Vault secret " +
        'puppet_processor_url?',
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
