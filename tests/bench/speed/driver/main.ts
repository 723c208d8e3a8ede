/**
 * Drives one contender as it is told, a JSON command a line, and tells when a measured stretch
 * begins and ends; after each such line it waits for an answer, so that all is still meanwhile.
 */
import { createInterface } from 'node:readline';
import { contenders } from './contenders.ts';
import type { Contender, OpenOptions } from './contender.ts';
import { makeFate } from './fate.ts';
import type { Command, Message, Work } from './protocol.ts';
import { Stopwatch } from './stopwatch.ts';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const [name = ''] = process.argv.slice(2);
const make = contenders[name];
if (!make) throw new Error(`There is no contender ${name}`);
const contender = make();

for (;;) {
  const command = await nextCommand();
  if (!command) break;
  if (command.do === 'install') await contender.install(command.with);
  else await runWork(contender, command.with, command.work);
  tell({ event: 'done' });
}
process.exit(0);

async function runWork(queue: Contender, options: OpenOptions, work: Work): Promise<void> {
  const { jobs, failing, payloadBytes } = work;
  await queue.open(options);
  await queue.reset();
  // Plans and code are warm before anything is measured.
  if (work.warmUp > 0) {
    await enqueueAll(queue, work.warmUp, payloadBytes, 100, 1);
    await queue.work(makeFate(work.warmUp, failing), new Stopwatch());
    await queue.reset();
  }

  await measured('enqueue', jobs, async () => {
    await enqueueAll(queue, jobs, payloadBytes, work.enqueueBatch, options.connections);
  });
  if (!work.enqueueOnly) {
    const fate = makeFate(jobs, failing);
    await measured('work', jobs, (stopwatch) => queue.work(fate, stopwatch));
  }
  await queue.close();
}

async function enqueueAll(
  queue: Contender,
  jobs: number,
  payloadBytes: number,
  batch: number,
  loops: number,
): Promise<void> {
  const payload = { to: 'somebody@example.com', text: 'x'.repeat(payloadBytes - 40) };
  let left = jobs;
  const loop = async (number: number) => {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      await queue.enqueue(Array.from({ length: size }, () => payload), number);
    }
  };
  await Promise.all(Array.from({ length: loops }, (_, number) => loop(number)));
}

async function measured(
  stretch: string,
  jobs: number,
  run: (stopwatch: Stopwatch) => Promise<void>,
): Promise<void> {
  tell({ event: 'begin', stretch });
  await lines.next();
  const cpu = process.cpuUsage();
  const stopwatch = new Stopwatch();
  await run(stopwatch);
  const seconds = stopwatch.seconds();
  const { user, system } = process.cpuUsage(cpu);
  tell({ event: 'end', stretch, jobs, seconds, clientCpuMs: (user + system) / 1000 });
  await lines.next();
}

function tell(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function nextCommand(): Promise<Command | null> {
  const { value, done } = await lines.next();
  return done ? null : JSON.parse(value);
}
