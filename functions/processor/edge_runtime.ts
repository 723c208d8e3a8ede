import { z } from 'zod';

interface EdgeRuntime {
  waitUntil(work: Promise<unknown>): void;
}

const edgeRuntimeSchema = z.custom<EdgeRuntime>((value) =>
  typeof value === 'object' && value !== null && 'waitUntil' in value
);
const shutdownSchema = z.object({ detail: z.object({ reason: z.string() }) });

/** Keeps the worker alive until the work is done, where the runtime would otherwise end it. */
export function keepAlive(work: Promise<unknown>): void {
  const runtime = edgeRuntimeSchema.safeParse(Reflect.get(globalThis, 'EdgeRuntime'));
  if (runtime.success) runtime.data.waitUntil(work);
}

/** Calls back shortly before the runtime ends the worker, with its reason: cpu, memory, wall_clock, … */
export function onShutdown(handBack: (reason: string) => Promise<void>): void {
  globalThis.addEventListener('beforeunload', (event) => {
    const shutdown = shutdownSchema.safeParse(event);
    keepAlive(handBack(shutdown.success ? shutdown.data.detail.reason : 'shutdown'));
  });
}
