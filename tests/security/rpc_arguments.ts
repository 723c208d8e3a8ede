import type { Sql } from '../database/database.ts';
import { INJECTIONS, large, nested, NOT_TEXT, ODD_UNICODE } from './hostile_texts.ts';

/** An argument of a function of the Data API. */
export interface Argument {
  call: string;
  name: string;
  type: string;
}

/** Every argument of every public function of ours. */
export async function everyArgument(sql: Sql): Promise<Argument[]> {
  return await sql<Argument[]>`
    select p.proname as call, a.name, format_type(a.type, null) as type
    from pg_proc p,
      unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) a (name, type)
    where p.pronamespace = 'public'::regnamespace
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    order by 1, 2
  `;
}

const TEXTS = [...INJECTIONS, ...ODD_UNICODE, ...NOT_TEXT, large(1_100_000)];

/** Values of any type, as JSON texts. */
const MISFITS = ['null', '[]', '{}', 'true', '1e400', '[null]', '{"a":[{}]}'];

const NUMBERS = ['0', '-2147483648', '2147483647', '2147483648', '1.5', '1e300', '"NaN"'];

const TIMES = ['infinity', '-infinity', '4714-11-24 BC', '294276-12-31', 'now', "' or 1=1", '24:00']
  .map((text) => JSON.stringify(text));

/** Every text that can be stored, as an item each. */
const STORABLE = [...INJECTIONS, ...ODD_UNICODE, large(100_000)];

/** JSON of jsonb arguments, whose strings and shapes the function itself looks into. */
const DOCUMENTS = [
  ...NOT_TEXT.map((text) => JSON.stringify({ [text]: [text] })),
  JSON.stringify(Object.fromEntries(STORABLE.map((text) => [text, text]))),
  JSON.stringify(STORABLE),
  JSON.stringify(STORABLE.map((text) => ({ job_id: text, lease_token: text, outcome: text }))),
  ...INJECTIONS.map((text) =>
    JSON.stringify([{ job_type: text, user_id: text, scheduled_at: text, job_config: text }])
  ),
  `[${'{},'.repeat(1000)}{}]`,
  `[${'null,'.repeat(1000)}1]`,
  nested(100_000),
  nested(100_000, '{"a":', '}'),
  nested(3_000),
  nested(3_000, '[{"job_config":', '}]'),
  '[{"job_config":{"a":1e400}}]',
  `[{"job_config":{"a":${'9'.repeat(140_000)}}}]`,
  JSON.stringify({ job_type: large(1_100_000) }),
];

/** JSON texts to send as an argument of the type. */
export function hostileValues(type: string): string[] {
  if (type === 'jsonb') return [...MISFITS, ...DOCUMENTS];
  if (type === 'text' || type === 'uuid') {
    return [...MISFITS, ...TEXTS.map((text) => JSON.stringify(text))];
  }
  if (type === 'text[]') {
    const lists = TEXTS.map((text) => JSON.stringify([text]));
    return [...MISFITS, ...lists, `[[["a"]]]`, `[${'"a",'.repeat(20_000)}"a"]`];
  }
  if (type.startsWith('timestamp')) return [...MISFITS, ...TIMES];
  return [...MISFITS, ...NUMBERS];
}
