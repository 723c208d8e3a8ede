type Stop = () => Promise<void>;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const stops = new Set<Stop>();
let listening = false;

/** Calls `stop` when the process is told to end by Ctrl-C, SIGTERM or SIGHUP, then exits; returns how to take that back. */
export function onTermination(stop: Stop): () => void {
  stops.add(stop);
  listen();
  return () => {
    stops.delete(stop);
    if (stops.size === 0) unlisten();
  };
}

const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
  const handler = async () => {
    const results = await Promise.allSettled([...stops].map((stop) => stop()));
    for (const result of results) if (result.status === 'rejected') console.error(result.reason);
    Deno.exit(code);
  };
  return [signal as Deno.Signal, handler] as const;
});

function listen(): void {
  if (listening) return;
  listening = true;
  for (const [signal, handler] of handlers) Deno.addSignalListener(signal, handler);
}

function unlisten(): void {
  listening = false;
  for (const [signal, handler] of handlers) Deno.removeSignalListener(signal, handler);
}
