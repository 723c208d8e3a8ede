import assert from 'node:assert/strict';
import type { Person } from '../end_to_end/people.ts';
import { CALLS } from '../end_to_end/people_calls.ts';
import { type Argument, everyArgument, hostileValues } from './rpc_arguments.ts';
import type { Attacked, Cases } from './attacked.ts';

/**
 * Refusals that tell a caller of an input; any other code is an error of ours that shines through.
 * 54001 is Postgres's own for JSON too deep to be read, before any function sees it.
 */
const REFUSAL = /^(PT4\d\d|22\w{3}|23514|23502|23P01|54001|PGRST10\d|PGRST20\d|42501)$/;
/** What only somebody who reads our SQL would know. */
const OUR_SQL = /puppet_private|PL\/pgSQL|\bv_\w+|at or near|does not exist|cache lookup/i;

const AT_ONCE = 6;

interface Answer {
  status: number;
  text: string;
  /** Whether INJECTIONS' header came back as one. */
  injected: boolean;
}

async function send(
  { platform }: Attacked,
  { headers }: Person,
  call: string,
  body: string,
): Promise<Answer> {
  const response = await fetch(`${platform.url}/rest/v1/rpc/${call}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  const injected = response.headers.has('x-injected');
  return { status: response.status, text: await response.text(), injected };
}

function fault({ status, text, injected }: Answer): string | null {
  if (injected) return 'made a header of what was sent';
  if (status < 400) return null;
  if (status >= 500) return `is a ${status}`;
  const { code, message, details, hint } = JSON.parse(text);
  // PostgREST sends such a message as the reason phrase, so a line break in it begins a header.
  if (code.startsWith('PT') && !/^[\x20-\x7e]{1,300}$/.test(message)) {
    return 'repeats what was sent';
  }
  if (!REFUSAL.test(code)) return `has code ${code}`;
  return OUR_SQL.test([message, details, hint].join(' ')) ? 'shows our SQL' : null;
}

/** Runs the work on every item, a few at a time. */
async function forEach<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const item of queue) await work(item);
  }));
}

/** Sends every hostile value as every argument; returns what went wrong. */
async function attack(attacked: Attacked, person: Person, args: Argument[]): Promise<string[]> {
  const jobId = await attacked.society.addJob(person);
  const attempts = args.flatMap(({ call, name, type }) => {
    const { [name]: _replaced, ...rest } = CALLS[call]!({ owner: person, jobId });
    const others = Object.entries(rest).map(([key, value]) => `"${key}":${JSON.stringify(value)},`);
    return hostileValues(type).map((value) => ({
      call,
      what: `${call} ${name}=${value.slice(0, 80)}`,
      body: `{${others.join('')}"${name}":${value}}`,
    }));
  });
  const wrong: string[] = [];
  await forEach(attempts, async ({ call, what, body }) => {
    const answer = await send(attacked, person, call, body);
    const found = fault(answer);
    if (found) wrong.push(`${what} ${found}: ${answer.text.slice(0, 300)}`);
  });
  return wrong;
}

/** Everything of the owner, as it is stored. */
async function belongings({ society: { sql } }: Attacked, { userId }: Person): Promise<unknown> {
  return {
    jobs: await sql`select * from puppet_jobs where user_id = ${userId} order by id`,
    history: await sql`
      select * from puppet_job_retry_history where user_id = ${userId} order by id`,
    policies: await sql`select * from puppet_job_retry_config order by id`,
  };
}

export const rpcCases: Cases = {
  'hostile arguments of functions are refused or taken, and break nothing': async (attacked) => {
    const { society } = attacked;
    const args = await everyArgument(society.sql);
    assert.ok(args.length > 60, `${args.length} arguments`);
    const bob = society.person('bob');
    const before = await belongings(attacked, bob);
    const wrong = await attack(attacked, society.person('service'), args);
    assert.deepEqual(wrong, []);
    assert.deepEqual(await belongings(attacked, bob), before);
  },

  'the same from a signed-in user': async (attacked) => {
    const { society } = attacked;
    const bob = society.person('bob');
    const before = await belongings(attacked, bob);
    const alice = society.person('alice');
    const open = new Set(
      (await society.sql<{ name: string }[]>`
        select p.proname::text as name
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace
          and has_function_privilege('authenticated', p.oid, 'execute')
      `).map(({ name }) => name),
    );
    const args = (await everyArgument(society.sql)).filter(({ call, type }) =>
      // The rest never gets beyond the Data API's casts, whoever sends it.
      open.has(call) && /text|jsonb/.test(type)
    );
    assert.deepEqual(await attack(attacked, alice, args), []);
    assert.deepEqual(await belongings(attacked, bob), before);
  },
};
