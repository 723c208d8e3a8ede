import type { Platform } from '../../supabase/local/platform.ts';
import type { Role } from '../database/access_table.ts';
import { connectTo, type Sql } from '../database/database.ts';

/** Somebody who calls the Data API; the service and anon own nothing. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly userId: string;
  /** The type that all this person's jobs have, and nobody else's. */
  readonly jobType: string;
  readonly headers: Record<string, string>;
}

export interface Answer {
  status: number;
  /** The code of an error, else null. */
  code: string | null;
  /** The rows of an answer that has rows, else empty. */
  rows: Record<string, unknown>[];
  text: string;
}

export interface Society extends AsyncDisposable {
  readonly platform: Platform;
  readonly sql: Sql;
  readonly people: Person[];
  /** Everybody who owns jobs: two users and the admin. */
  readonly owners: Person[];
  person(name: string): Person;
  /** Sends a request to the Data API as the person. */
  ask(person: Person, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Makes a job of the person that failed and waits, with its history; returns its id. */
  addJob(person: Person): Promise<string>;
  /** A fingerprint of every row of our tables. */
  fingerprint(): Promise<string>;
}

/** Gathers all kinds of people on a platform; each owner has a job with history. */
export async function gather(platform: Platform): Promise<Society> {
  const sql = connectTo(platform.dbUrl);
  const people = await meet(platform);
  const society: Society = {
    platform,
    sql,
    people,
    owners: people.filter(({ role }) => role === 'signed-in user' || role === 'admin'),
    person: (name) => people.find((person) => person.name === name)!,
    ask: (person, method, path, body) => ask(platform, person.headers, method, path, body),
    addJob: (person) => addJob(sql, person),
    fingerprint: () => fingerprint(sql),
    [Symbol.asyncDispose]: () => sql.end(),
  };
  for (const owner of society.owners) await society.addJob(owner);
  await sql`insert into puppet_handled_types (job_type, source) values ('handled', 'handler')`;
  await sql`insert into puppet_tick_receipts (error) values ('out of reach')`;
  return society;
}

async function meet(platform: Platform): Promise<Person[]> {
  const { publishable, secret } = platform.keys;
  const nobody = { userId: crypto.randomUUID(), jobType: 'of_nobody' };
  const signedIn = async (name: string, role: Role, claims: Record<string, unknown> = {}) => {
    const userId = crypto.randomUUID();
    const token = await platform.signUserJwt({ sub: userId, ...claims });
    const headers = { apikey: publishable, authorization: `Bearer ${token}` };
    return { name, role, userId, jobType: `of_${name}`, headers };
  };
  return [
    { name: 'anon', role: 'anon', headers: { apikey: publishable }, ...nobody },
    await signedIn('alice', 'signed-in user'),
    await signedIn('bob', 'signed-in user', { user_metadata: { puppet_admin: true } }),
    await signedIn('admin', 'admin', { app_metadata: { puppet_admin: true } }),
    { name: 'service', role: 'service', headers: { apikey: secret }, ...nobody },
  ];
}

async function ask(
  platform: Platform,
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${platform.url}/rest/v1/${path}`, {
    method,
    headers: { prefer: 'return=representation', 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const value = text === '' ? null : JSON.parse(text);
  return {
    status: response.status,
    code: value?.code ?? null,
    rows: Array.isArray(value) ? value : [],
    text,
  };
}

async function addJob(sql: Sql, { userId, jobType }: Person): Promise<string> {
  const [job] = await sql<{ id: string }[]>`
    insert into puppet_jobs (
      user_id, job_type, status, final_status, next_retry_at, retry_count, execution_attempts)
    values (${userId}, ${jobType}, 'queued', 'failed', now() + interval '1 hour', 1, 2)
    returning id
  `;
  await sql`
    insert into puppet_job_retry_history (
      job_id, user_id, job_type, attempt_number, is_retry, success, error_type, decision, logged_by)
    values (
      ${job!.id}, ${userId}, ${jobType}, 2, true, false, 'network', 'retry_scheduled', 'engine')
  `;
  return job!.id;
}

const TABLES = [
  'puppet_jobs',
  'puppet_job_retry_history',
  'puppet_job_retry_config',
  'puppet_handled_types',
  'puppet_tick_receipts',
];

async function fingerprint(sql: Sql): Promise<string> {
  const prints = [];
  for (const table of TABLES) {
    const [row] = await sql<{ print: string | null }[]>`
      select md5(string_agg(t::text, '|' order by t::text)) as print from ${sql(table)} t
    `;
    prints.push(row!.print);
  }
  return prints.join();
}
