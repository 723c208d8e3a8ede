import assert from 'node:assert/strict';
import { pause } from '../../supabase/local/polling.ts';

/** A signal that knows how many listen to it. */
function countedSignal() {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners.add(args[1]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  return { signal, listeners };
}

Deno.test('a pause that is over leaves nothing at its signal: some polls go on for months', async () => {
  const { signal, listeners } = countedSignal();
  const first = pause(1, signal);
  assert.equal(listeners.size, 1);
  await first;
  await pause(1, signal);
  assert.equal(listeners.size, 0);
});

Deno.test('an abort cuts a pause short', async () => {
  const controller = new AbortController();
  const start = performance.now();
  const long = pause(60_000, controller.signal);
  controller.abort();
  await long;
  await pause(60_000, controller.signal);
  assert.ok(performance.now() - start < 10_000);
});
