import assert from 'node:assert/strict';
import { childNamed, familyCpuMs, parseMemory, parseStat, readProcess } from './processes.ts';

Deno.test('a line of stat is read past a name with spaces and brackets', () => {
  const line = '4242 (a (b) c) S 17 4242 4242 0 -1 4194560 100 200 0 0 ' +
    '31 12 7 5 20 0 9 0 1000 123456 789 18446744073709551615 0 0 0\n';
  assert.deepEqual(parseStat(line), {
    pid: 4242,
    parent: 17,
    cpuMs: 430,
    endedChildrenCpuMs: 120,
  });
});

Deno.test('memory is told in MB, and not at all for a process without any', () => {
  const status = 'Name:\tdeno\nVmRSS:\t  100000 kB\nRssAnon:\t   50000 kB\nRssFile:\t   1 kB\n';
  assert.deepEqual(parseMemory(status), { memoryMb: 102.4, anonymousMb: 51.2 });
  assert.ok(Number.isNaN(parseMemory('Name:\tkthreadd\nThreads:\t1\n').memoryMb));
});

Deno.test('our own process is read, one that is not there is null', async () => {
  const own = await readProcess(Deno.pid);
  assert.equal(own?.pid, Deno.pid);
  assert.equal(own.parent, Deno.ppid);
  assert.ok(own.memoryMb > 10 && own.memoryMb < 10_000, String(own.memoryMb));
  assert.ok(own.anonymousMb > 5 && own.anonymousMb < own.memoryMb, String(own.anonymousMb));
  assert.equal(await readProcess(2 ** 30), null);
});

Deno.test('the CPU of a family counts children that live and children that have ended', async () => {
  const before = await familyCpuMs(Deno.pid, 0);
  const spin = 'const end = Date.now() + 300; while (Date.now() < end);';
  const child = new Deno.Command(Deno.execPath(), {
    args: ['eval', `${spin} console.log('spun'); setTimeout(() => {}, 60_000)`],
    stdout: 'piped',
  }).spawn();
  await child.stdout.getReader().read();
  const alive = await familyCpuMs(Deno.pid, 0);
  const others = await familyCpuMs(Deno.pid, child.pid);
  child.kill('SIGKILL');
  await child.status;
  const ended = await familyCpuMs(Deno.pid, 0);
  // A busy machine gives less than it takes; some of it is enough.
  assert.ok(alive - others >= 50, `${alive} ${others}`);
  assert.ok(ended >= alive && alive > before, `${before} ${alive} ${ended}`);
});

Deno.test('a child is found by its program, and one of somebody else is not', async () => {
  const child = new Deno.Command('sleep', { args: ['60'], stdin: 'null' }).spawn();
  try {
    assert.equal(await childNamed(Deno.pid, 'sleep'), child.pid);
    await assert.rejects(childNamed(child.pid, 'sleep'), /has no child that runs sleep/);
  } finally {
    child.kill('SIGKILL');
    await child.status;
  }
});
