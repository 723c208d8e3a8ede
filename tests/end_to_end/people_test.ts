import assert from 'node:assert/strict';
import { startPlatform } from '../../supabase/local/platform.ts';
import { accessTable, type Rights, type Scope, type Verb } from '../database/access_table.ts';
import { ourPublicFunctions, ourRelations } from '../database/catalog.ts';
import { type Answer, gather, type Person, type Society } from './people.ts';
import { CALLS, ROWS, type Target } from './people_calls.ts';
import { TRICKS } from './people_tricks.ts';

/** Refused by the database for want of a right; nothing has changed. */
async function assertRefused(
  { ask, fingerprint }: Society,
  person: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const before = await fingerprint();
  const answer = await ask(person, method, path, body);
  const what = `${person.name}: ${method} ${path}: ${JSON.stringify(answer)}`;
  // 55000: a view that cannot be written to by anybody.
  if (answer.code !== '55000') {
    assert.equal(answer.status, person.role === 'anon' ? 401 : 403, what);
    assert.match(answer.code ?? '', /^(42501|PT403)$/, what);
  }
  assert.equal(await fingerprint(), before, what);
}

/** Whose rows are shown, by their job types. */
function shownTypes({ rows }: Answer): string[] {
  return [...new Set(rows.map((row) => String(row.job_type)))].sort();
}

async function checkSelect(society: Society, person: Person, relation: string, scope?: Scope) {
  const answer = await society.ask(person, 'GET', `${relation}?select=*`);
  const what = `${person.name}: GET ${relation}: ${JSON.stringify(answer)}`;
  if (!scope && person.role !== 'anon' && answer.status === 200) {
    assert.equal(answer.text, '[]', what);
  } else if (!scope) {
    await assertRefused(society, person, 'GET', `${relation}?select=*`);
  } else if (scope === 'own') {
    assert.equal(answer.status, 200, what);
    assert.deepEqual(shownTypes(answer), [person.jobType], what);
  } else {
    assert.equal(answer.status, 200, what);
    assert.ok(answer.rows.length > 0, what);
    const owned = 'user_id' in answer.rows[0]! || relation === 'puppet_retry_stats_by_type';
    const shown = shownTypes(answer);
    const everybody = society.owners.map(({ jobType }) => jobType);
    if (owned) assert.deepEqual(everybody.filter((type) => !shown.includes(type)), [], what);
  }
}

/** Tries the verb on a row of the owner. */
async function checkWrite(
  society: Society,
  person: Person,
  relation: string,
  verb: Verb,
  owner: Person,
  allowed: boolean,
): Promise<void> {
  const target = { owner, jobId: await society.addJob(owner) };
  const row = ROWS[relation]!(target);
  const [column] = Object.keys(row);
  const where = `${column}=eq.${row[column!]}`;
  const method = { insert: 'POST', update: 'PATCH', delete: 'DELETE' }[verb as string]!;
  const path = verb === 'insert' ? relation : `${relation}?${where}`;
  const body = { insert: row, update: { [column!]: row[column!] } }[verb as string];
  if (!allowed) return await assertRefused(society, person, method, path, body);
  if (verb !== 'insert' && relation === 'puppet_job_retry_config') {
    await society.sql`insert into puppet_job_retry_config ${society.sql(row)}`;
  }
  const answer = await society.ask(person, method, path, body);
  const what = `${person.name}: ${method} ${path}: ${JSON.stringify(answer)}`;
  assert.equal(answer.status, verb === 'insert' ? 201 : 200, what);
  assert.ok(answer.rows.length > 0, what);
}

/** What functions that answer about many rows say to somebody who has none. */
const NOTHING: Record<string, RegExp> = {
  get_retry_analytics: /"failedAtLeastOnce": ?0\b/,
  list_attempts: /"attempts": ?\[\]/,
  list_failed_jobs: /"jobs": ?\[\]/,
};

async function checkCall(
  society: Society,
  person: Person,
  name: string,
  scope: Scope | undefined,
): Promise<void> {
  const about = async (owner: Person): Promise<Target> => ({
    owner,
    jobId: await society.addJob(owner),
  });
  const call = async (target: Target) =>
    await society.ask(person, 'POST', `rpc/${name}`, CALLS[name]!(target));
  if (!scope) {
    const own = society.owners.includes(person) ? person : society.owners[0]!;
    const body = CALLS[name]!(await about(own));
    return await assertRefused(society, person, 'POST', `rpc/${name}`, body);
  }
  const own = scope === 'own' || scope === 'yes';
  const targets = own && person.role !== 'service' ? [person] : society.owners;
  for (const owner of targets) {
    const answer = await call(await about(owner));
    assert.equal(answer.status, 200, `${person.name}: ${name}: ${JSON.stringify(answer)}`);
  }
  if (scope !== 'own') return;
  for (const owner of society.owners.filter((other) => other !== person)) {
    const target = await about(owner);
    const before = await society.fingerprint();
    const answer = await call(target);
    const what = `${person.name}: ${name} of ${owner.name}: ${JSON.stringify(answer)}`;
    const nothing = NOTHING[name];
    if (nothing) assert.match(answer.text, nothing, what);
    else assert.equal(answer.status, name === 'enqueue_jobs' ? 403 : 404, what);
    assert.equal(await society.fingerprint(), before, what);
  }
}

async function checkRelation(society: Society, person: Person, relation: string, rights: Rights) {
  const may = rights[person.role];
  for (const owner of society.owners) await society.addJob(owner);
  await checkSelect(society, person, relation, may.select);
  for (const verb of ['insert', 'update', 'delete'] as const) {
    const scope = may[verb];
    for (const owner of society.owners) {
      const allowed = scope === 'all' || (scope === 'own' && owner === person);
      await checkWrite(society, person, relation, verb, owner, allowed);
    }
  }
}

Deno.test('people: each does through the Data API just what the table says', async (t) => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-people-' });
  await using platform = await startPlatform({
    folder,
    temporary: true,
    functions: false,
    ticks: false,
  });
  await using society = await gather(platform);
  const table = await accessTable();
  const relations = (await ourRelations(society.sql)).map(({ name }) => name)
    .filter((name) => name.startsWith('public.')).map((name) => name.slice('public.'.length));
  const functions = (await ourPublicFunctions(society.sql)).map(({ name }) => name);

  await t.step('there is a row to insert, or a call, for each object', () => {
    assert.deepEqual(Object.keys(ROWS).sort(), relations.toSorted());
    assert.deepEqual(Object.keys(CALLS).sort(), functions.toSorted());
  });

  for (const person of society.people) {
    await t.step(`${person.name} uses tables and views`, async () => {
      for (const relation of relations) {
        await checkRelation(society, person, relation, table.get(relation)!);
      }
    });
    await t.step(`${person.name} calls functions`, async () => {
      for (const name of functions) {
        await checkCall(society, person, name, table.get(name)![person.role].call);
      }
    });
    await t.step(`${person.name} is shown just what is open to them`, async () => {
      const { text } = await society.ask(person, 'GET', '');
      const shown = Object.keys(JSON.parse(text).paths)
        .map((path) => path.replace(/^\/(rpc\/)?/, ''));
      const roles = person.role === 'admin' || person.role === 'signed-in user'
        ? ['admin', 'signed-in user'] as const
        : [person.role];
      const open = [...table].filter(([, rights]) =>
        roles.some((role) => Object.keys(rights[role]).length > 0)
      ).map(([name]) => name);
      const ours = shown.filter((name) => table.has(name) || name.startsWith('puppet'));
      assert.deepEqual(ours.sort(), open.sort());
    });
    await t.step(`${person.name} reaches no other schema`, async () => {
      for (const schema of ['puppet_private', 'vault', 'net', 'cron', 'auth']) {
        const headers = { ...person.headers, 'accept-profile': schema };
        const answer = await society.ask({ ...person, headers }, 'GET', 'settings');
        assert.equal(answer.status, 406, `${schema}: ${JSON.stringify(answer)}`);
      }
    });
  }
  for (const [name, trick] of Object.entries(TRICKS)) {
    await t.step(`no way round: ${name}`, () => trick(society));
  }
});
