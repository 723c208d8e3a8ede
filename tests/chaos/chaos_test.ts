import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { FAULT_KINDS } from './fault_plan.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

Deno.test('under every kind of fault no job is lost and no outcome is doubled', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const file = `${folder}/report.json`;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', MAIN, '--report', file],
    env: { TMPDIR: folder },
    stdin: 'null',
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text);
  const report = JSON.parse(await Deno.readTextFile(file));
  assert.deepEqual(report.violations, [], text);
  // Not because there was nothing to see.
  assert.equal(report.jobs, 400);
  assert.deepEqual(FAULT_KINDS.filter((kind) => !report.faults[kind]), []);
  assert.equal(report.faults.skewed_clock, 2);
  assert.ok(report.rescues > 0 && report.secondExecutions.lease_lost > 0, text);
  assert.ok(report.executions > 400 && report.ends.completed > 200, text);
  const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.deepEqual(left.filter((name) => name.startsWith('puppet-retry-chaos-')), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test('the command says what is wrong with its options', async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', MAIN, '--seconds', 'long'],
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /--seconds must be a whole number from 10 to/);
});
