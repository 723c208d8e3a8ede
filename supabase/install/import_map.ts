import { z } from 'zod';

const configSchema = z.object({
  imports: z.record(z.string(), z.string()),
  compilerOptions: z.record(z.string(), z.unknown()),
});

/** The deno.json of installed functions: of ours what their sources import, and nothing of our tests. */
export function importMapFor(denoJson: string, sources: string[]): string {
  const { imports, compilerOptions } = configSchema.parse(JSON.parse(denoJson));
  const imported = new Set(sources.flatMap(bareImports));
  const isUsed = (key: string) =>
    key.endsWith('/') ? [...imported].some((name) => name.startsWith(key)) : imported.has(key);
  const used = Object.entries(imports).filter(([key]) => isUsed(key));
  return JSON.stringify({ imports: Object.fromEntries(used), compilerOptions }, null, 2) + '\n';
}

/** What a source imports by a name that is neither a path nor Node's. */
function bareImports(source: string): string[] {
  const names = [...source.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)];
  return names.map(([, name = '']) => name).filter((name) => !name.startsWith('node:'));
}
