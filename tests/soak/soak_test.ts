import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { TextLineStream } from '../../supabase/local/text_lines.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

Deno.test('a soak that is interrupted counts its jobs, writes its report and leaves nothing', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...['run', '--allow-all', '--no-lock', MAIN, '--minutes', '60', '--sample', '2'],
      ...['--rate', '20', '--folder', `${folder}/report`],
    ],
    env: { TMPDIR: folder },
    stdin: 'null',
    stdout: 'piped',
  }).spawn();
  const told: string[] = [];
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    told.push(line);
    if (/^ +\d+ s /.test(line) && told.length === 4) child.kill('SIGINT');
  }
  const { code } = await child.status;
  assert.equal(code, 0, told.join('\n'));
  const { summary, samples } = JSON.parse(await Deno.readTextFile(`${folder}/report/soak.json`));
  assert.equal(summary.lost, 0);
  assert.ok(summary.jobs.completed > 40, told.join('\n'));
  assert.ok(samples.length >= 3 && samples.length <= 5, String(samples.length));
  assert.ok(summary.processorCpuMs > 0 && summary.postgresCpuMs > 0, told.join('\n'));
  assert.ok(summary.memoryMaxMb > 10 && summary.lastMinute.startP50 > 0, told.join('\n'));
  assert.match(await Deno.readTextFile(`${folder}/report/soak.svg`), /^<svg/);
  const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.deepEqual(left.filter((name) => name.startsWith('puppet-retry-soak-')), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test('the command says what is wrong with its options', async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', MAIN, '--rate', 'fast'],
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /--rate must be a number from/);
});
