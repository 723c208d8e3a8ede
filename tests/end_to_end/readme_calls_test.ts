import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPlatform } from '../../supabase/local/platform.ts';
import { codeBlocks } from './readme_blocks.ts';

const TOKEN = fileURLToPath(new URL('../../supabase/local/token.ts', import.meta.url));
const BLOCKS = codeBlocks(await Deno.readTextFile(new URL('../../README.md', import.meta.url)));
const CALLS = BLOCKS.filter(({ language }) => language === 'sh');

const hasCurl = await new Deno.Command('curl', { args: ['--version'], stdout: 'null' }).output()
  .then(({ success }) => success, () => false);

/** Each answer's status, printed behind it; the README's own -w is for people. */
function withStatus(code: string): string {
  return code.replaceAll("-w '\\n'", "-w '\\t%{http_code}\\n'");
}

Deno.test('README: its calls of the API are complete: nothing in them is to be filled in', () => {
  const curls = BLOCKS.filter(({ code }) => /^curl /m.test(code));
  assert.deepEqual(curls, CALLS);
  for (const { code, line } of CALLS) assert.doesNotMatch(code, /<[a-z ]+>/, `README.md:${line}`);
});

/** Runs the blocks in one shell, as their reader does; the answers and their statuses. */
async function paste(folder: string): Promise<{ status: string; body: string }[]> {
  const home = join(folder, '.local');
  await using _platform = await startPlatform({ folder: home, temporary: true, ticks: false });
  const script = [
    'set -eu',
    `deno() { shift 2; '${Deno.execPath()}' run --allow-all '${TOKEN}' --folder .local "$@"; }`,
    '. .local/env',
    ...CALLS.map(({ code }) => withStatus(code)),
  ];
  const { success, stdout, stderr } = await new Deno.Command('sh', {
    args: ['-c', script.join('\n')],
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
  }).output();
  const [out = '', err = ''] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, err);
  return out.trim().split('\n').map((line) => {
    const [body = '', status = ''] = line.split('\t');
    return { status, body };
  });
}

Deno.test({
  name: 'README: its calls of the API, pasted one after the other, do what they say',
  ignore: !hasCurl,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-readme-' });
    try {
      const answers = await paste(folder);
      assert.equal(answers.length, 7);
      for (const { status, body } of answers) assert.equal(status, '200', body);
      const [explained, cancelled, retried, read] = answers.slice(3).map(({ body }) =>
        JSON.parse(body)
      );
      assert.equal(explained.status, 'pending');
      assert.equal(cancelled.status, 'cancelled');
      assert.equal(retried.status, 'queued');
      assert.deepEqual([read.status, read.jobType], ['queued', 'custom_job']);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
