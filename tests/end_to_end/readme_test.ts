import assert from 'node:assert/strict';
import type postgres from 'postgres';
import { actAs, databaseTest } from '../database/database.ts';
import { insertJob } from '../database/jobs.ts';
import { done, openWorkspace, type Workspace } from '../shared/workspace.ts';
import { type CodeBlock, codeBlocks, withImportsFrom } from './readme_blocks.ts';

const SHARED = new URL('../../shared/', import.meta.url).href;
const BLOCKS = codeBlocks(await Deno.readTextFile(new URL('../../README.md', import.meta.url)));

/** How a TypeScript block is run: what its reader has at hand, and what must be so afterwards. */
interface Example {
  /** Words of the block that tell which it is. */
  block: string;
  before(work: Workspace): string | Promise<string>;
  after?: string;
  check?(work: Workspace, output: string): Promise<void>;
}

const EXAMPLES: Example[] = [
  {
    block: "supabase.from('puppet_jobs').insert(",
    before: () => `
      import { createClient } from '@supabase/supabase-js';
      const SUPABASE_URL = Deno.env.get('SUPABASE_URL') ?? '';
      const SUPABASE_SECRET_KEY = Deno.env.get('SUPABASE_SECRET_KEY') ?? '';
      const user_id = crypto.randomUUID();
    `,
    after: 'console.log(user_id);',
    async check({ client }, output) {
      const [job] = done(
        await client.from('puppet_jobs').delete().eq('user_id', output.trim()).select(),
      );
      assert.equal(job?.job_type, 'custom_job');
      assert.equal(job?.max_retries, 7);
    },
  },
  {
    block: "supabase.rpc('enqueue_jobs'",
    before: () => `
      import { createClient } from '@supabase/supabase-js';
      const supabase = createClient(
        Deno.env.get('SUPABASE_URL') ?? '', Deno.env.get('SUPABASE_SECRET_KEY') ?? '');
      const user_id = crypto.randomUUID();
    `,
    after: 'console.log(JSON.stringify({ user_id, enqueued }));',
    async check({ client }, output) {
      const { user_id, enqueued } = JSON.parse(output);
      const [job] = done(await client.from('puppet_jobs').delete().eq('user_id', user_id).select());
      assert.deepEqual(enqueued, [{ job_id: job?.id, created: true, same_payload: true }]);
    },
  },
  {
    block: 'defineHandler({',
    before: () => `
      import { claimedJobSchema } from '${SHARED}claimed_job.ts';
      const sendMail = (to: string, options: { signal: AbortSignal; key: string }) =>
        Promise.resolve(to + ' ' + options.key);
    `,
    // The handler itself, without a database: processors have tests of their own.
    after: `
      const id = '00000000-0000-4000-8000-000000000001';
      const job = claimedJobSchema.parse({
        job_id: id, user_id: id, job_type: 'custom_job', job_config: { to: 'ada@example.com' },
        priority: 5, attempt_number: 1, is_retry: false, retry_count: 0, max_retries: 5,
        timeout_seconds: 30, lease_token: id, lease_expires_at: new Date().toISOString(),
        deadline_at: null, endpoint_url: null,
      });
      const logger = { info() {}, warn() {}, error() {} };
      console.log(await customJob.run(job, {
        signal: new AbortController().signal, attempt: 1, logger,
        extendLease: () => Promise.resolve(true), snooze() {},
      }));
    `,
    check(_, output) {
      assert.match(output, /^ada@example\.com 0{8}-/);
      return Promise.resolve();
    },
  },
  {
    block: 'retryManager.scheduleRetry(',
    before: async (work) => `const jobId = '${(await work.enqueue({}))[0]}';`,
    async check(work) {
      assert.deepEqual((await work.jobs()).map(({ status }) => status), ['queued']);
    },
  },
];

async function runTypeScript(source: string): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: '.ts' });
  try {
    await Deno.writeTextFile(file, source);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['run', '--check', '--quiet', '--no-lock', '--config', 'deno.json', '-A', file],
      signal: AbortSignal.timeout(60_000),
    }).output();
    const decoder = new TextDecoder();
    assert.ok(success, `${decoder.decode(stderr)}\n${source}`);
    return decoder.decode(stdout);
  } finally {
    await Deno.remove(file);
  }
}

function examplesOf({ code }: CodeBlock): Example[] {
  return EXAMPLES.filter(({ block }) => code.includes(block));
}

Deno.test('README: blocks are found, and each TypeScript block is run by one example', () => {
  const ofTypeScript = BLOCKS.filter(({ language }) => language === 'ts');
  assert.ok(ofTypeScript.length >= EXAMPLES.length);
  for (const block of ofTypeScript) {
    assert.equal(examplesOf(block).length, 1, `README.md:${block.line} is not run`);
  }
  assert.ok(BLOCKS.some(({ language }) => language === 'sql'));
  // Tasks and drawings have no language, calls of the API (sh) are run by readme_calls_test.ts; one
  // with a language that nobody runs would be missed.
  const languages = new Set(BLOCKS.map(({ language }) => language));
  assert.deepEqual([...languages].sort(), ['', 'sh', 'sql', 'ts']);
});

for (const block of BLOCKS.filter(({ language }) => language === 'ts')) {
  Deno.test(`README.md:${block.line}: the TypeScript does what it says`, async () => {
    const [example] = examplesOf(block);
    assert.ok(example, 'it is in no example');
    await using work = await openWorkspace();
    const code = withImportsFrom(block.code, SHARED);
    const output = await runTypeScript(
      [await example.before(work), code, example.after ?? ''].join('\n'),
    );
    await example.check?.(work, output);
  });
}

/** What each statement did; several statements answer a list of results, one its own. */
function statementsOf(result: postgres.RowList<postgres.Row[]>) {
  const several = result.length > 0 && result.every((part) => Array.isArray(part));
  const parts: { command: string; count: number }[] = [];
  for (const { command, count } of several ? result : [result]) parts.push({ command, count });
  return parts;
}

for (const block of BLOCKS.filter(({ language }) => language === 'sql')) {
  databaseTest(`README.md:${block.line}: the SQL runs, as the SQL editor's role`, async (sql) => {
    // A new project has none yet.
    await sql`delete from vault.secrets`;
    const code = block.code.replaceAll('<job id>', await insertJob(sql))
      .replaceAll('<project>', 'example');
    await actAs(sql, 'postgres');
    for (const { command, count } of statementsOf(await sql.unsafe(code))) {
      assert.ok(command === 'SELECT' || count > 0, `${command} touches no row`);
    }
  });
}
