import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere } from '../local/files.ts';
import { HOME } from './shipment.ts';

export const MANIFEST = `${HOME}/installed.json`;

const fileSchema = z.strictObject({
  kind: z.enum(['ours', 'theirs', 'chapter']),
  /** Of the text that was installed. */
  sha256: z.string(),
  /** Of the newer text that was put beside it as `.new`. */
  offered: z.string().optional(),
});

const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** By path in the application. */
  files: z.record(z.string(), fileSchema),
  /** Path by chapter name. */
  chapters: z.record(z.string(), z.string()),
  /** The text that was added to supabase/config.toml. */
  configBlock: z.string().nullable(),
  /** Folders that were made for it. */
  folders: z.array(z.string()),
});

/** What was installed into an application; committed with it. */
export type Manifest = z.infer<typeof manifestSchema>;
export type InstalledFile = z.infer<typeof fileSchema>;

/** Reads the manifest; null where nothing is installed. Throws where it is not one that this version reads. */
export async function readManifest(app: string): Promise<Manifest | null> {
  const text = await readIfThere(join(app, MANIFEST));
  if (text === null) return null;
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (manifest.success) return manifest.data;
  throw new Error(
    `Cannot read ${MANIFEST}: ${z.prettifyError(manifest.error)}\n` +
      'Take it back from your version control, or use the Puppet Retry that wrote it.',
  );
}

export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2) + '\n';
}

/** Hash of a text, in hex. */
export async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
