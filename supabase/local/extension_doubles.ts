import { join } from 'node:path';

/** Files of our extension doubles, by name. */
export type Doubles = Map<string, Uint8Array<ArrayBuffer>>;

/** Reads the doubles, without those of the extensions that the server really has. */
export async function readDoubles(real: string[] = []): Promise<Doubles> {
  const folder = new URL('./extensions/', import.meta.url);
  const names = [];
  for await (const { name } of Deno.readDir(folder)) {
    const [, extension = ''] = /^([a-z_]+)(?:--.*)?\.(?:control|sql)$/.exec(name) ?? [];
    if (extension !== '' && !real.includes(extension)) names.push(name);
  }
  const doubles: Doubles = new Map();
  for (const name of names.sort()) {
    doubles.set(name, await Deno.readFile(new URL(name, folder)));
  }
  return doubles;
}

/** Puts the doubles into the folder where a Postgres looks for extensions. */
export async function addDoubles(folder: string, doubles: Doubles): Promise<void> {
  for (const [name, content] of doubles) {
    const path = join(folder, name);
    await Deno.writeFile(path, content);
    await Deno.chmod(path, 0o644);
  }
}

/** Short name for just these doubles. */
export async function digestOf(doubles: Doubles): Promise<string> {
  const parts = [...doubles].flatMap(([name, content]) => [name, content, '\n']);
  const bytes = await new Blob(parts).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return hash.toHex().slice(0, 16);
}
