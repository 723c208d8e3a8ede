/** Claims from one contender as it is told: a JSON command a line, and an answer to each. */
import { createInterface } from 'node:readline';
import type { Claimer } from './claimer.ts';
import { claimers } from './claimers.ts';
import type { Answer, Command } from './protocol.ts';

const [name = ''] = process.argv.slice(2);
const make = claimers[name];
if (!make) throw new Error(`There is no contender ${name}`);
const claimer = make();

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(claimer, JSON.parse(line));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await claimer.close();
process.exit(0);

async function carryOut(claimer: Claimer, command: Command): Promise<Answer> {
  const answer: Answer = { ms: [], claimed: [] };
  if (command.do === 'install') await claimer.install(command.dbUrl);
  if (command.do === 'open') await claimer.open(command.dbUrl);
  if (command.do === 'drain') answer.claimed.push(await claimer.drain());
  if (command.do !== 'claim') return answer;
  for (let call = 0; call < command.calls; call++) {
    const start = performance.now();
    const jobs = await claimer.claim(command.limit, command.idle);
    answer.ms.push(performance.now() - start);
    answer.claimed.push(jobs.length);
  }
  return answer;
}
