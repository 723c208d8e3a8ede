import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import type { Database, TablesInsert } from '../../../shared/database.types.ts';
import { done } from '../../shared/workspace.ts';
import { answerOf, type ApiFixture, apiOver } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

/** What the Data API gives at once, below what any list asks for. */
const MAX_ROWS = 3;

/** The API of a project whose max_rows is MAX_ROWS. */
function apiOfFewRows({ env }: ApiFixture) {
  const client = createClient<Database>(env.SUPABASE_URL ?? '', env.SUPABASE_SECRET_KEY ?? '', {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch(input, init) {
        const url = new URL(String(input));
        const asked = Number(url.searchParams.get('limit') ?? MAX_ROWS);
        url.searchParams.set('limit', String(Math.min(asked, MAX_ROWS)));
        return fetch(url, init);
      },
    },
  });
  return apiOver(client);
}

/** A job with attempts of these numbers. */
async function attempted(api: ApiFixture, numbers: number[]): Promise<string> {
  const job_type = `few_rows_${crypto.randomUUID()}`;
  const job_id = await api.insertJob({ job_type });
  const rows: TablesInsert<'puppet_job_retry_history'>[] = numbers.map((attempt_number) => ({
    job_id,
    job_type,
    user_id: USERS.owner.sub,
    attempt_number,
    success: false,
  }));
  done(await api.client.from('puppet_job_retry_history').insert(rows));
  return job_id;
}

export const fewRowsCases: Cases = {
  "a job's history leads on to its end": async (api) => {
    const numbers = [1, 2, 2, 2, 2, 2, 3, 4];
    const path = `/api/puppet/jobs/${await attempted(api, numbers)}/history?limit=5`;
    const app = apiOfFewRows(api);
    const found: number[] = [];
    let cursor = '';
    while (found.length <= numbers.length) {
      const page = await answerOf(await app.request(path + cursor));
      for (const { attemptNumber } of page.attempts) found.push(attemptNumber);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.deepEqual(found, numbers);
  },

  'all policies are listed': async (api) => {
    const awkward = ['few, rows', 'few "rows"', 'few.rows(null)', 'null', 'few rows ü?&%'];
    const policies = api.client.from('puppet_job_retry_config');
    done(await policies.insert(awkward.map((job_type) => ({ job_type }))));
    const list = async (app: Pick<ApiFixture['app'], 'request'>, headers = {}) =>
      (await answerOf(await app.request('/api/puppet/retry-config', { headers }))).policies;
    const expected = await list(api.app, api.headersOf('service'));
    assert.ok(expected.length >= 4 + awkward.length);
    assert.deepEqual(await list(apiOfFewRows(api)), expected);
    done(await policies.delete().in('job_type', awkward));
  },
};
