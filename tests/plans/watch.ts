import postgres from 'postgres';
import { z } from 'zod';

/** How a statement inside a function read a table. */
export interface Scan {
  table: string;
  /** As Postgres names it: Index Scan, Seq Scan, … */
  node: string;
  index: string | null;
  /** What the index was entered with, or which rows; null where all were read from end to end. */
  condition: string | null;
  /** Rows read, those that a filter dropped among them. */
  rows: number;
  /** The statement that it is in. */
  statement: string;
}

/** What a call did, all statements inside of it included. */
export interface Watched {
  /** Shared buffers, those that were read from disk among them. */
  buffers: number;
  scans: Scan[];
}

const planNode = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Recheck Cond': z.string().optional(),
  'TID Cond': z.string().optional(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  'Shared Hit Blocks': z.number(),
  'Shared Read Blocks': z.number(),
  get Plans() {
    return z.array(planNode).default([]);
  },
});
type PlanNode = z.infer<typeof planNode>;
const message = z.object({ 'Query Text': z.string(), Plan: planNode });
type Message = z.infer<typeof message>;

const SETTINGS = {
  log_min_duration: '0',
  log_nested_statements: 'on',
  log_analyze: 'on',
  log_buffers: 'on',
  log_timing: 'off',
  log_format: 'json',
  log_level: 'notice',
};

/** A connection on which auto_explain tells the plan of every statement, also inside functions. */
export class Watcher implements AsyncDisposable {
  #plans: Message[] = [];

  private constructor(readonly sql: postgres.Sql) {}

  static async open(url: string): Promise<Watcher> {
    const sql = postgres(url, {
      max: 1,
      onnotice: (notice) => watcher.#hear(notice.message ?? ''),
    });
    const watcher = new Watcher(sql);
    await sql`load 'auto_explain'`;
    return watcher;
  }

  /** What the one statement that `call` sends does. */
  async watch(sql: postgres.TransactionSql, call: () => Promise<unknown>): Promise<Watched> {
    await configure(sql, SETTINGS);
    this.#plans = [];
    await call();
    const plans = this.#plans;
    await configure(sql, { log_min_duration: '-1' });
    const whole = plans.at(-1)?.Plan;
    if (!whole) throw new Error('no plan was heard of');
    return {
      buffers: whole['Shared Hit Blocks'] + whole['Shared Read Blocks'],
      scans: plans.flatMap((plan) => scansOf(plan.Plan, plan['Query Text'])),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sql.end({ timeout: 5 });
  }

  #hear(text: string): void {
    const [, json] = /^duration: [\d.]+ ms {2}plan:\n([^]*)$/.exec(text) ?? [];
    if (json) this.#plans.push(message.parse(JSON.parse(json)));
  }
}

async function configure(sql: postgres.TransactionSql, settings: Record<string, string>) {
  await sql`
    select set_config('auto_explain.' || key, value, true)
    from jsonb_each_text(${JSON.stringify(settings)}::text::jsonb)
  `;
}

function indexOf(node: PlanNode): string | null {
  if (node['TID Cond']) return 'ctid';
  // A bitmap is made of one index, or of several.
  const bitmaps = node.Plans.map(indexOf).filter((name) => name !== null);
  return node['Index Name'] ?? (bitmaps.join(', ') || null);
}

function scansOf(node: PlanNode, statement: string): Scan[] {
  const below = node.Plans.flatMap((child) => scansOf(child, statement));
  const table = node['Relation Name'];
  if (table === undefined || !node['Node Type'].includes('Scan')) return below;
  return [{
    table,
    node: node['Node Type'],
    index: indexOf(node),
    condition: node['Index Cond'] ?? node['Recheck Cond'] ?? node['TID Cond'] ?? null,
    rows: (node['Actual Rows'] + node['Rows Removed by Filter']) * node['Actual Loops'],
    statement,
  }, ...below];
}
