import assert from 'node:assert/strict';
import { codeBlocks } from '../end_to_end/readme_blocks.ts';
import { makeTheirApp, type TheirApp } from './their_app.ts';

const HANDLERS = 'puppet-retry/functions/processor/handlers';

async function deno(app: TheirApp, folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: `${app.path}/${folder}`,
    env: { NO_COLOR: '1' },
    signal: AbortSignal.timeout(120_000),
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('');
  assert.ok(success, `deno ${args.join(' ')} in ${folder}: ${text}`);
  return text;
}

Deno.test('install: a handler is written, checked and tried as the installed README says', async (t) => {
  await using app = await makeTheirApp();
  await app.install();
  const readme = await app.read('puppet-retry/README.md');
  const blocks = codeBlocks(readme).filter(({ language }) => language === 'ts');
  const files = ['greet.ts', 'index.ts', 'greet_test.ts'];
  assert.equal(blocks.length, files.length);
  for (const [index, file] of files.entries()) {
    assert.ok(readme.includes(`${file}\``), file);
    await app.write(`${HANDLERS}/${file}`, blocks[index]!.code);
  }

  await t.step(
    'in its folder all functions check, and the test of the handler passes',
    async () => {
      await deno(app, 'puppet-retry', 'check', 'functions');
      const text = await deno(app, 'puppet-retry', 'test', 'functions/processor/handlers');
      assert.match(text, /greet says hello \.\.\. ok/);
    },
  );

  await t.step("from the project's root they check with the import map named", async () => {
    const [, args] = /`deno (check --config [^`]*)`/.exec(readme) ?? [];
    assert.ok(args);
    await deno(app, '.', ...args.split(' '));
  });
});
