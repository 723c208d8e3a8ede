import type { Transaction } from '../local/database_client.ts';

/** What an adoption, or the way back, did or would do. */
export interface Report {
  /** What is other than before. */
  changed: string[];
  /** What its owner should look at. */
  mind: string[];
}

/** Why nothing was changed; each reason says what to do. */
export class AdoptionRefused extends Error {
  override name = 'AdoptionRefused';
  readonly reasons: string[];

  constructor(...reasons: string[]) {
    super(reasons.join('\n'));
    this.reasons = reasons;
  }
}

interface Line {
  kind: 'refused' | 'changed' | 'mind';
  says: string;
}

/** Reads what the scripts have told so far; throws AdoptionRefused if one of them refuses. */
export async function readReport(sql: Transaction): Promise<Report> {
  const lines = await sql<Line[]>`
    select r.kind, r.says from puppet_before_adoption.report r order by r.place
  `;
  const of = (kind: Line['kind']) => lines.filter((line) => line.kind === kind).map((l) => l.says);
  const refused = of('refused');
  if (refused.length > 0) throw new AdoptionRefused(...refused);
  return { changed: of('changed'), mind: of('mind') };
}
