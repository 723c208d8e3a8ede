import { quantile } from '../statistics.ts';

/** What a question took, in ms, over so many answers. */
export interface Measured {
  requests: number;
  p50: number;
  p99: number;
  /** The worst, so that no fast failure passes for a fast answer. */
  status: number;
}

/** Sends the request again and again, one after the other; stops early where each takes seconds. */
export async function measure(
  send: () => Promise<Response>,
  requests: number,
  maxMs = 20_000,
): Promise<Measured> {
  const took: number[] = [];
  const end = performance.now() + maxMs;
  let status = 0;
  await (await send()).text(); // The first one opens connections and plans.
  while (took.length < requests && performance.now() < end) {
    const start = performance.now();
    const response = await send();
    await response.text();
    took.push(performance.now() - start);
    status = Math.max(status, response.status);
  }
  const sorted = took.toSorted((a, b) => a - b);
  return { requests: took.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), status };
}
