/** The people of supabase/README.md's table "Who may do what", in the order of its columns. */
export const ROLES = ['anon', 'signed-in user', 'admin', 'service'] as const;
export type Role = (typeof ROLES)[number];
export type Verb = 'select' | 'insert' | 'update' | 'delete' | 'call';
export type Scope = 'own' | 'all' | 'yes';

/** What each role may do with an object: the verb and whose rows it reaches; nothing else. */
export type Rights = Record<Role, Partial<Record<Verb, Scope>>>;

const README = new URL('../../supabase/README.md', import.meta.url);

/** The table of the README: object name -> rights. Throws for a cell that it cannot read. */
export async function accessTable(): Promise<Map<string, Rights>> {
  const text = await Deno.readTextFile(README);
  const section = text.split(/^## /m).find((part) => part.startsWith('Who may do what')) ?? '';
  const rows = section.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  return new Map(rows.map(([name, ...cells]) => [name!.replaceAll('`', ''), readRights(cells)]));
}

function readRights(cells: string[]): Rights {
  if (cells.length !== ROLES.length) throw new Error(`not one cell per role: ${cells}`);
  const [anon, user, admin, service] = cells.map(readCell);
  return { anon: anon!, 'signed-in user': user!, admin: admin!, service: service! };
}

function readCell(cell: string): Partial<Record<Verb, Scope>> {
  if (cell === '–') return {};
  return Object.fromEntries(
    cell.split(', ').map((right) => {
      const words = /^(?:(select|insert|update|delete) )?(own|all|yes)$/.exec(right);
      if (!words) throw new Error(`not a right: ${right}`);
      return [words[1] ?? 'call', words[2]];
    }),
  );
}
