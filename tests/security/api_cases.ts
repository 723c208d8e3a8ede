import assert from 'node:assert/strict';
import { type Operation, operationsOf } from '../functions/api/operations.ts';
import { type Attacked, type Cases, request } from './attacked.ts';
import { INJECTIONS, large, nested, NOT_TEXT, ODD_UNICODE } from './hostile_texts.ts';

const API = '/functions/v1/api';

/** Statuses of the API's own refusals; a 5xx is an error that an input has made. */
const REFUSED = [400, 403, 404, 409, 413, 415, 422];

async function operations(attacked: Attacked): Promise<Operation[]> {
  const { text } = await request(attacked, 'GET', `${API}/openapi.json`, {});
  return operationsOf(JSON.parse(text));
}

function headersOf({ society }: Attacked, name: string): Record<string, string> {
  return { ...society.person(name).headers, 'content-type': 'application/json' };
}

function pathOf({ path }: Operation, values: Record<string, string>): string {
  const inner = path.replace(/^\/api/, '');
  return API + inner.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? ''));
}

/** Sends a body as alice; it must be taken or refused in the API's own words. */
async function post(attacked: Attacked, path: string, body: string) {
  const answer = await request(
    attacked,
    'POST',
    `${API}${path}`,
    headersOf(attacked, 'alice'),
    body,
  );
  const what = `${path} ${body.slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(answer.status < 300 || REFUSED.includes(answer.status), what);
  return answer;
}

const OUR_SQL = /puppet_private|\bselect\b.*\bfrom\b|PL\/pgSQL|at or near|does not exist/i;

export const apiCases: Cases = {
  'parameters that try to be SQL or a filter show nobody else': async (attacked) => {
    const bob = attacked.society.person('bob');
    const bobsJob = await attacked.society.addJob(bob);
    const reads = (await operations(attacked)).filter(({ method, open }) =>
      method === 'GET' && !open
    );
    const before = await attacked.society.fingerprint();
    for (const operation of reads) {
      for (const { name, in: place } of operation.parameters.filter((one) => one.in !== 'header')) {
        for (const text of [...INJECTIONS, ...ODD_UNICODE.slice(0, 4), ...NOT_TEXT.slice(0, 1)]) {
          const values = { jobId: bobsJob, jobType: bob.jobType, [name]: text };
          const query = place === 'query' ? `?${name}=${encodeURIComponent(text)}` : '';
          const path = pathOf(operation, values) + query;
          const answer = await request(attacked, 'GET', path, headersOf(attacked, 'alice'));
          const what = `${path}: ${answer.status} ${answer.text.slice(0, 300)}`;
          assert.ok(answer.status === 200 || REFUSED.includes(answer.status), what);
          assert.ok(!answer.text.includes(bob.userId), what);
          assert.ok(answer.status === 200 || !OUR_SQL.test(answer.text), what);
          assert.equal(answer.headers.get('x-injected'), null, what);
        }
      }
    }
    assert.equal(await attacked.society.fingerprint(), before);
  },

  'texts that can be stored come back as they were sent': async (attacked) => {
    const texts = [...INJECTIONS, ...ODD_UNICODE, large(100_000)];
    const jobConfig = {
      texts,
      ...Object.fromEntries(texts.map((text, n) => [text.slice(0, 200), n])),
    };
    const answer = await post(attacked, '/puppet/jobs', JSON.stringify({ jobConfig }));
    assert.equal(answer.status, 201, answer.text);
    const { jobId } = JSON.parse(answer.text);
    const got = await request(
      attacked,
      'GET',
      `${API}/puppet/jobs/${jobId}`,
      headersOf(attacked, 'alice'),
    );
    assert.deepEqual(JSON.parse(got.text).jobConfig, jobConfig);
  },

  'texts that cannot be stored, in any place, are refused and store nothing': async (attacked) => {
    const before = await attacked.society.fingerprint();
    for (const text of NOT_TEXT) {
      const bodies = [
        { jobType: text },
        { idempotencyKey: text },
        { jobConfig: { text } },
        { jobConfig: { [text]: 1 } },
        { jobConfig: { a: [[{ b: [text] }]] } },
      ];
      for (const body of bodies) {
        const single = await post(attacked, '/puppet/jobs', JSON.stringify(body));
        const batch = await post(
          attacked,
          '/puppet/jobs/batch',
          JSON.stringify({ jobs: [{ jobConfig: {} }, body] }),
        );
        assert.deepEqual([single.status < 300, batch.status < 300], [false, false], single.text);
      }
    }
    assert.equal(await attacked.society.fingerprint(), before);
  },

  'bodies too large, too many or too deep are refused and store nothing': async (attacked) => {
    const before = await attacked.society.fingerprint();
    const config = (value: string) => `{"jobConfig":{"a":${value}}}`;
    const bodies: [path: string, body: string][] = [
      ['/puppet/jobs', config(JSON.stringify(large(1_100_000)))],
      ['/puppet/jobs', config(JSON.stringify(large(262_145)))],
      ['/puppet/jobs', `{"jobConfig":{${JSON.stringify(large(262_145))}:1}}`],
      ['/puppet/jobs', `{"jobType":${JSON.stringify(large(900_000))}}`],
      ['/puppet/jobs', config(nested(100_000))],
      ['/puppet/jobs', config(nested(100_000, '{"a":', '}'))],
      ['/puppet/jobs', nested(100_000)],
      ['/puppet/jobs', config(`[${'1,'.repeat(140_000)}1]`)],
      ['/puppet/jobs/batch', `{"jobs":[${'{},'.repeat(1000)}{}]}`],
      ['/puppet/jobs/batch', `{"jobs":[{},${config(nested(100_000))}]}`],
    ];
    for (const [path, body] of bodies) {
      const answer = await post(attacked, path, body);
      assert.ok(answer.status >= 400, `${body.slice(0, 60)}: ${answer.text.slice(0, 200)}`);
    }
    assert.equal(await attacked.society.fingerprint(), before);
  },
};
