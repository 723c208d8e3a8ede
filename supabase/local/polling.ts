/** A loop that runs until it is stopped. */
export interface Polling {
  /** Resolves when the step that is running, if any, is over. */
  stop(): Promise<void>;
}

/** Calls `step` again and again; an error is told once per streak of errors and never ends the loop. */
export function pollForever(options: {
  name: string;
  intervalMs: number;
  step: () => Promise<void>;
  logger: (line: string) => void;
}): Polling {
  const stopped = new AbortController();
  const loop = (async () => {
    let failing = false;
    while (!stopped.signal.aborted) {
      try {
        await options.step();
        if (failing) options.logger(`${options.name}: works again`);
        failing = false;
      } catch (error) {
        if (!failing) options.logger(`${options.name}: ${error}; trying again`);
        failing = true;
      }
      await pause(options.intervalMs, stopped.signal);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await loop;
    },
  };
}

/** Waits; an abort cuts it short without an error. */
export async function pause(ms: number, cutShort: AbortSignal): Promise<void> {
  if (cutShort.aborted) return;
  const over = Promise.withResolvers<void>();
  const end = () => over.resolve();
  const timer = setTimeout(end, ms);
  cutShort.addEventListener('abort', end);
  await over.promise;
  clearTimeout(timer);
  cutShort.removeEventListener('abort', end);
}

/** Waits for `work`, but no longer than `ms` milliseconds. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, pause(ms, done.signal)]);
  done.abort();
}
