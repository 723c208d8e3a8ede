/**
 * Program: clients of the API that enqueue jobs, each one call after the other. Arguments: the
 * project's URL, its secret key, jobs, jobs per call, clients. Prints what it took as JSON.
 */
import { quantile } from '../statistics.ts';
import { JOB_TYPE } from './jobs.ts';

const [url = '', apikey = '', ...numbers] = Deno.args;
const [jobs = 0, batch = 1, clients = 1] = numbers.map(Number);
const userId = crypto.randomUUID();
// A year ahead, so that nobody runs them meanwhile.
const scheduledAt = new Date(Date.now() + 365 * 86_400_000).toISOString();
const took: number[] = [];
let left = jobs;

async function client(): Promise<void> {
  while (left > 0) {
    const count = Math.min(batch, left);
    left -= count;
    const made = Array.from(
      { length: count },
      (_, place) => ({ userId, jobType: JOB_TYPE, scheduledAt, jobConfig: { place } }),
    );
    const start = performance.now();
    const response = await fetch(
      `${url}/functions/v1/api/puppet/jobs${batch === 1 ? '' : '/batch'}`,
      {
        method: 'POST',
        headers: { apikey, 'content-type': 'application/json' },
        body: JSON.stringify(batch === 1 ? made[0] : { jobs: made }),
      },
    );
    const text = await response.text();
    if (response.status !== 201) throw new Error(`Not enqueued: ${response.status} ${text}`);
    took.push(performance.now() - start);
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: clients }, client));
const seconds = (performance.now() - start) / 1000;
const sorted = took.toSorted((a, b) => a - b);
console.log(JSON.stringify({ seconds, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }));
