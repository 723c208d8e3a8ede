import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { TextLineStream } from '../../supabase/local/text_lines.ts';

const DEMO = fileURLToPath(new URL('../../supabase/local/demo/main.ts', import.meta.url));

interface DemoRun {
  lines: string[];
  code: number;
  /** Everything that it started and that runs still. */
  left: string[];
  /** What it left in its folder for temporary files. */
  files: string[];
}

/** Runs the demo and looks at its processes when it has shown the first line about its jobs. */
async function runDemo(
  args: string[],
  onJobs: (demo: Deno.ChildProcess) => void = () => {},
): Promise<DemoRun> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const demo = new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', DEMO, ...args],
    env: { TMPDIR: folder },
    stdin: 'null',
    stdout: 'piped',
  }).spawn();
  const lines: string[] = [];
  let started: string[] = [];
  for await (const line of linesOf(demo.stdout)) {
    lines.push(line);
    if (started.length > 0 || !line.includes('waiting')) continue;
    started = await descendantsOf(demo.pid);
    onJobs(demo);
  }
  const { code } = await demo.status;
  assert.ok(started.length >= 4, 'guard, Postgres, PostgREST and the processor');
  const alive = new Set((await processes()).map(({ key }) => key));
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const demoFiles = files.filter((name) => name.startsWith('puppet-retry-demo-'));
  await Deno.remove(folder, { recursive: true });
  return { lines, code, left: started.filter((key) => alive.has(key)), files: demoFiles };
}

function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

/** All processes; the key tells a process from a later one with the same id. */
async function processes(): Promise<{ pid: string; parent: string; key: string }[]> {
  const ps = await new Deno.Command('ps', { args: ['-A', '-o', 'pid=,ppid=,lstart='] }).output();
  return new TextDecoder().decode(ps.stdout).trim().split('\n').map((line) => {
    const [pid = '', parent = '', ...start] = line.trim().split(/\s+/);
    return { pid, parent, key: `${pid} ${start.join(' ')}` };
  });
}

async function descendantsOf(pid: number): Promise<string[]> {
  const all = await processes();
  const below = (parent: string): string[] =>
    all.filter((each) => each.parent === parent)
      .flatMap((each) => [each.key, ...below(each.pid)]);
  return below(String(pid));
}

Deno.test('the demo loses nothing, repeats nothing and leaves nothing behind', async () => {
  const { lines, code, left, files } = await runDemo(['--jobs', '40', '--seed', '1']);
  const tally = JSON.parse(lines.at(-1) ?? '');
  assert.deepEqual(Object.keys(tally), [
    'jobs',
    'completed',
    'permanently_failed',
    'lost',
    'duplicated',
    'attempts',
    'retries',
    'seconds',
  ]);
  const { jobs, completed, permanently_failed, lost, duplicated, attempts, retries } = tally;
  assert.deepEqual({ jobs, lost, duplicated }, { jobs: 40, lost: 0, duplicated: 0 });
  assert.equal(completed + permanently_failed, 40);
  assert.ok(completed > permanently_failed && permanently_failed > 0);
  // What is no retry is a first attempt.
  assert.ok(retries > 20 && attempts - retries <= 40);
  assert.equal(code, 0);
  assert.ok(!lines.join('').includes('\x1b'), 'no colours where there is no terminal');
  assert.deepEqual({ left, files }, { left: [], files: [] });
});

Deno.test('the demo stops at once at Ctrl-C and leaves nothing behind', async () => {
  const { code, left, files } = await runDemo([], (demo) => demo.kill('SIGINT'));
  assert.equal(code, 130);
  assert.deepEqual({ left, files }, { left: [], files: [] });
});

Deno.test('the demo says what is wrong with its options', async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', '--no-lock', DEMO, '--jobs', 'many'],
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /--jobs must be a whole number from 10 to 5000/);
});
