import assert from 'node:assert/strict';
import { answerOf, type ApiFixture, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { type Operation, operationsOf } from './operations.ts';
import type { Actor } from './users.ts';

/** Is in everything bad that is sent, so that an echo is found. */
const MARK = 'zqxmark';

const BAD_TEXTS = [
  MARK,
  '',
  ' ',
  `${MARK}\0`,
  `'${MARK}"; drop table puppet_jobs; --`,
  `${MARK},user_id.neq.x)`,
  `<script>${MARK}</script>`,
  `${MARK}\u{1f9ff}\ufeff\u202e`,
  '-1',
  '99999999999999999999',
  'NaN',
  '2026-99-99T00:00:00Z',
  '0000-01-01T00:00:00Z',
  MARK.repeat(1000),
];

const BAD_VALUES = [
  MARK,
  `${MARK}\0`,
  `${MARK}\ud800`,
  '',
  null,
  true,
  -1,
  1.5,
  1e300,
  2 ** 40,
  [],
  [MARK],
  [null],
  { [MARK]: 1 },
  { [`${MARK}\0`]: MARK },
  MARK.repeat(1000),
  '0000-01-01T00:00:00Z',
];

const BAD_BODIES = [
  '',
  '{',
  `{"${MARK}`,
  'null',
  '1',
  `"${MARK}"`,
  '[]',
  `{"${MARK}":1}`,
  `{"__proto__":{"${MARK}":1},"constructor":1}`,
  `{"jobConfig":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  `{"jobConfig":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
  `{"jobConfig":{"a":"${MARK}\\u0000"}}`,
  `{"jobConfig":{"a":"${MARK}\\ud800"}}`,
  `\ufeff{"${MARK}":1}`,
];

/** Ways to send no body: without a type, as clients do, and with one. */
const NO_BODIES: [string | undefined, Record<string, string>][] = [
  [undefined, {}],
  ['', { 'content-type': 'application/json' }],
];

const ACTORS: Actor[] = ['owner', 'admin', 'service'];

/** The operation's path with what a right caller would put into it, or something else. */
function pathOf({ path }: Operation, changes: Record<string, string> = {}): string {
  const values: Record<string, string> = {
    jobId: '00000000-0000-4000-8000-00000000dead',
    jobType: 'no_such_type',
    ...changes,
  };
  return path.replace('/api', '').replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => encodeURIComponent(values[name] ?? ''),
  );
}

/** No answer of the kind 5xx, and none that repeats what was sent; returns its status. */
async function checkRefusal(response: Response, what: string): Promise<number> {
  const text = await response.text();
  const { status } = response;
  assert.ok(status < 500, `${what}: ${status} ${text}`);
  if (status < 400) return status;
  assert.equal(response.headers.get('content-type'), 'application/problem+json', what);
  assert.ok(!text.includes(MARK), `${what} is repeated: ${text}`);
  for (const [name, value] of response.headers) assert.ok(!value.includes(MARK), `${what} ${name}`);
  return status;
}

async function operations({ send }: ApiFixture): Promise<Operation[]> {
  return operationsOf(await answerOf(await send('nobody', 'GET', '/openapi.json')));
}

async function withBodies(api: ApiFixture): Promise<Operation[]> {
  return (await operations(api)).filter(({ fields }) => fields !== null);
}

export const badRequestCases: Cases = {
  'nobody gets nowhere': async (api) => {
    for (const operation of await operations(api)) {
      const { method, open, fields } = operation;
      const response = await api.send('nobody', method, pathOf(operation), fields ? {} : undefined);
      if (open) await response.body?.cancel();
      else await assertProblem(response, 401, 'unauthorized');
    }
  },

  'bad parameters': async (api) => {
    for (const operation of await operations(api)) {
      for (const { name, in: place } of operation.parameters) {
        for (const text of BAD_TEXTS) {
          const query = place === 'query' ? `?${name}=${encodeURIComponent(text)}` : '';
          const path = pathOf(operation, place === 'path' ? { [name]: text } : {}) + query;
          const headers = place === 'header' ? { [name]: encodeURIComponent(text) } : {};
          const body = operation.fields ? {} : undefined;
          const response = await api.send('service', operation.method, path, body, headers);
          await checkRefusal(response, `${operation.id} ${name}=${text.slice(0, 60)}`);
        }
      }
    }
  },

  'unknown and repeated query parameters': async (api) => {
    for (const operation of await operations(api)) {
      const queries = operation.parameters.filter((one) => one.in === 'query');
      const unknown = `${pathOf(operation)}?${MARK}=1`;
      const body = operation.fields ? {} : undefined;
      const response = await api.send('service', operation.method, unknown, body);
      assert.equal(await checkRefusal(response, unknown), 400);
      for (const { name } of queries) {
        const path = `${pathOf(operation)}?${name}=${MARK}&${name}=${MARK}`;
        const twice = await api.send('service', operation.method, path);
        assert.equal(await checkRefusal(twice, path), 400);
      }
    }
  },

  'a body that is required and is not sent is 400, and changes nothing': async (api) => {
    for (const operation of await withBodies(api)) {
      if (!operation.bodyRequired) {
        const response = await api.send('service', operation.method, pathOf(operation));
        await assertProblem(response, 404, 'job_not_found');
        continue;
      }
      for (const [text, headers] of NO_BODIES) {
        const response = await api.send(
          'service',
          operation.method,
          pathOf(operation),
          text,
          headers,
        );
        const problem = await assertProblem(response, 400, 'invalid_request');
        assert.deepEqual([operation.id, problem.errors[0].field], [operation.id, 'body']);
      }
    }
    const policy = await api.send('service', 'GET', '/puppet/retry-config/no_such_type');
    await assertProblem(policy, 404, 'policy_not_found');
  },

  'bodies that are none': async (api) => {
    for (const operation of await withBodies(api)) {
      for (const actor of ACTORS) {
        for (const body of BAD_BODIES) {
          const response = await api.send(actor, operation.method, pathOf(operation), body);
          await checkRefusal(response, `${actor} ${operation.id} ${body.slice(0, 60)}`);
        }
      }
    }
  },

  'fields of a wrong type': async (api) => {
    for (const operation of await withBodies(api)) {
      for (const field of operation.fields ?? []) {
        for (const value of BAD_VALUES) {
          const body = { [field]: value };
          const response = await api.send('service', operation.method, pathOf(operation), body);
          const what = `${operation.id} ${JSON.stringify(body).slice(0, 80)}`;
          await checkRefusal(response, what);
        }
      }
    }
  },

  'another content type is 415, none at all with a body too': async (api) => {
    for (const operation of await withBodies(api)) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
        const headers = { 'content-type': type };
        const path = pathOf(operation);
        const response = await api.send(
          'service',
          operation.method,
          path,
          `{"${MARK}":1}`,
          headers,
        );
        await assertProblem(response, 415, 'unsupported_media_type');
      }
    }
  },

  'a body of more than 1 MB, or 8 MB for a batch, is 413': async (api) => {
    for (const operation of await withBodies(api)) {
      const size = (operation.id === 'enqueueJobs' ? 8 : 1) * 1024 * 1024 + 1;
      const body = `{"jobConfig":"${MARK.padEnd(size, 'x')}"}`;
      const path = pathOf(operation);
      await assertProblem(
        await api.send('service', operation.method, path, body),
        413,
        'body_too_large',
      );
      const headers = { 'content-length': String(size) };
      await assertProblem(
        await api.send('service', operation.method, path, '{}', headers),
        413,
        'body_too_large',
      );
    }
  },

  'another method is 405 and says which there are; another path is 404': async (api) => {
    const all = await operations(api);
    for (const operation of all) {
      const path = pathOf(operation);
      const allowed = all.filter((one) => pathOf(one) === path).map(({ method }) => method);
      const response = await api.send('service', 'PROPFIND', path);
      const allow = response.headers.get('allow')?.split(', ') ?? [];
      for (const method of allowed) assert.ok(allow.includes(method), `${path}: ${allow}`);
      await assertProblem(response, 405, 'method_not_allowed');
      const elsewhere = await api.send('service', operation.method, `${path}/${MARK}/${MARK}`);
      assert.equal(await checkRefusal(elsewhere, path), 404);
    }
  },
};
