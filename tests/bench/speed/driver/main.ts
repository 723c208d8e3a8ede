/**
 * Drives one contender as it is told, a JSON command a line, and tells when a measured stretch
 * begins, pauses and ends; after each such line it waits for an answer, so that all is still
 * meanwhile.
 */
import { createInterface } from 'node:readline';
import { contenders } from './contenders.ts';
import type { Clock, Contender, OpenOptions } from './contender.ts';
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
    const [batch, loops] = work.enqueueOnly ? [work.enqueueBatch, options.connections] : [100, 1];
    await enqueueAll(queue, work.warmUp, payloadBytes, batch, loops);
    await queue.work(makeFate(work.warmUp, failing), unmeasured());
    await queue.reset();
  }

  await measured('enqueue', jobs, async () => {
    await enqueueAll(queue, jobs, payloadBytes, work.enqueueBatch, options.connections);
  });
  if (!work.enqueueOnly) {
    const fate = makeFate(jobs, failing);
    await measured('work', jobs, (clock) => queue.work(fate, clock));
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
  run: (clock: Clock) => Promise<void>,
): Promise<void> {
  await announce({ event: 'begin', stretch });
  const stopwatch = new Stopwatch();
  await run({
    pause() {
      stopwatch.pause();
      return announce({ event: 'pause', stretch });
    },
    async resume() {
      await announce({ event: 'resume', stretch });
      stopwatch.resume();
    },
  });
  await announce({ event: 'end', stretch, jobs, ...stopwatch.read() });
}

/** The clock while code and plans get warm. */
function unmeasured(): Clock {
  return { pause: () => Promise.resolve(), resume: () => Promise.resolve() };
}

/** Tells it, and waits until it was heard. */
async function announce(message: Message): Promise<void> {
  tell(message);
  await lines.next();
}

function tell(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function nextCommand(): Promise<Command | null> {
  const { value, done } = await lines.next();
  return done ? null : JSON.parse(value);
}
