import { z } from 'zod';
import { defineHandler, type JobContext, type JobHandler } from '../../shared/job_handlers.ts';
import { HANDLED, type Step, STEPS } from './jobs.ts';
import { type Note, realNow } from './ledger.ts';

/** The handler of our executors: plays the script's step and takes down when, and how it ended. */
export function chaosHandler(by: string, note: Note): JobHandler {
  return defineHandler({
    jobType: HANDLED,
    config: z.object({ script: z.array(z.enum(STEPS)) }),
    async run(job, context) {
      const { attempt } = context;
      const execution = crypto.randomUUID();
      const end = (ending: 'succeeded' | 'failed' | 'snoozed') =>
        note({ what: 'ended', at: realNow(), execution, ending });
      const step = stepOf(job.config.script, attempt);
      const started = { at: realNow(), execution, jobId: job.id, attempt, by, pid: Deno.pid };
      note({ what: 'started', ...started });
      try {
        await play(step, context);
        end(step === 'snooze' ? 'snoozed' : 'succeeded');
        return { attempt };
      } catch (error) {
        end('failed');
        throw error;
      }
    },
  });
}

/** The step of an attempt; the last one repeats. */
export function stepOf(script: Step[], attempt: number): Step {
  return script[attempt - 1] ?? script.at(-1) ?? 'ok';
}

/** How long the work of a step takes, in ms. */
export function durationOf(step: Step): number {
  return step === 'slow' ? 300 + Math.random() * 1200 : 20 + Math.random() * 60;
}

async function play(step: Step, { signal, snooze }: JobContext): Promise<void> {
  if (step === 'hang') return await aborted(signal);
  await wait(durationOf(step), signal);
  if (step === 'snooze') return snooze(1);
  if (step === 'ok' || step === 'slow') return;
  throw Object.assign(new Error(step), FACTS[step]);
}

const FACTS = {
  busy: { status: 503 },
  broken: { code: 'ECONNRESET' },
  throttled: { status: 429, headers: { 'retry-after': '1' } },
  refused: { status: 422 },
};

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  );
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  try {
    await Promise.race([over, aborted(signal)]);
  } finally {
    clearTimeout(timer);
  }
}
