import { z } from '@hono/zod-openapi';
import { camelKeys, snakeCase } from '../../shared/case_names.ts';
import { ask, type Call, read } from '../../shared/database_reply.ts';

const rowSchema = z.record(z.string(), z.unknown());
const rowsSchema = z.array(rowSchema);

/** A row, or a function's answer, in the API's names; throws PuppetRetryError `unexpected_reply`. */
export function fromRow<Value>(schema: z.ZodType<Value>, row: unknown): Value {
  return read(schema, camelKeys(read(rowSchema, row, 'a row')), 'a row');
}

/** The same for many rows. */
export function fromRows<Value>(schema: z.ZodType<Value>, rows: unknown): Value[] {
  return read(rowsSchema, rows, 'rows').map((row) => fromRow(schema, row));
}

/** The only row that a call finds, undefined where it finds none; throws as `ask` does. */
export async function askRow(call: Call, name: string): Promise<unknown> {
  const [row] = await ask(z.array(z.unknown()).max(1), call, name);
  return row;
}

/** The columns that a schema is made of, as PostgREST selects them. */
export function columnsOf(schema: z.ZodObject): string {
  return Object.keys(schema.shape).map(snakeCase).join(',');
}
