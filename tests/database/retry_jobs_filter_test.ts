import assert from 'node:assert/strict';
import { databaseTest, refusal } from './database.ts';
import { insertJob, jobRow } from './jobs.ts';
import { retryJobs } from './retry_jobs.ts';

const NONSENSE: [string, unknown, { spread?: number | null }?][] = [
  ['no filter', null],
  ['an empty filter, which would mean all', {}],
  ['a limit alone, which would mean any', { limit: 10 }],
  ['a list', [1]],
  ['a text', 'all'],
  ['an unknown field', { job_type: 'test_job', colour: 'red' }],
  ['a status that has not ended', { status: 'queued' }],
  ['completed jobs', { status: 'completed' }],
  ['an unknown status', { status: 'lost' }],
  ['no status at all, by null', { status: null }],
  ['a limit of 0', { job_type: 'test_job', limit: 0 }],
  ['a limit beyond 10000', { job_type: 'test_job', limit: 10_001 }],
  ['a limit that is no whole number', { job_type: 'test_job', limit: 1.5 }],
  ['a limit that is a word', { job_type: 'test_job', limit: 'many' }],
  ['a limit beyond integers', { job_type: 'test_job', limit: 1e12 }],
  ['job_ids that are no list', { job_ids: 'all' }],
  ['job_ids that are an object', { job_ids: { a: 1 } }],
  ['a user_id that is no uuid', { user_id: 'somebody' }],
  ['a campaign_id that is no uuid', { campaign_id: 7 }],
  ['an ended_after that is no time', { ended_after: 'long ago' }],
  ['an ended_before that is no time', { ended_before: { year: 2026 } }],
  ['a negative spread', { job_type: 'test_job' }, { spread: -1 }],
  ['a spread of more than a week', { job_type: 'test_job' }, { spread: 604_801 }],
  ['no spread', { job_type: 'test_job' }, { spread: null }],
];

for (const [name, filter, options] of NONSENSE) {
  databaseTest(`retry_jobs: 422 for ${name}, and nothing is changed`, async (sql) => {
    const status = 'permanently_failed';
    const id = await insertJob(sql, { status, final_status: status, completed_at: new Date() });
    for (const dryRun of [true, false]) {
      const error = await refusal(sql, (sql) => retryJobs(sql, filter, { ...options, dryRun }));
      assert.equal(error.code, 'PT422', error.message);
      assert.ok(error.hint);
    }
    assert.equal((await jobRow(sql, id)).status, status);
  });
}

databaseTest('retry_jobs: an unknown field is named, with those that are known', async (sql) => {
  const error = await refusal(sql, (sql) => retryJobs(sql, { job_type: 'x', colour: 'red' }));
  assert.match(error.message, /colour/);
  for (const name of ['job_ids', 'campaign_id', 'ended_before', 'limit']) {
    assert.match(error.hint ?? '', new RegExp(`\\b${name}\\b`));
  }
});

databaseTest('retry_jobs: the limits themselves are taken', async (sql) => {
  for (const limit of [1, 10_000]) await retryJobs(sql, { job_type: 'unheard_of', limit });
  for (const spread of [0, 604_800]) await retryJobs(sql, { job_type: 'unheard_of' }, { spread });
});

databaseTest('retry_jobs: each condition may stand alone', async (sql) => {
  const conditions = {
    job_ids: [],
    job_type: 'unheard_of',
    status: 'cancelled',
    error_type: 'unheard_of',
    stop_reason: 'unheard_of',
    user_id: crypto.randomUUID(),
    campaign_id: crypto.randomUUID(),
    ended_after: '2099-01-01T00:00:00Z',
    ended_before: '1971-01-01T00:00:00Z',
  };
  for (const [name, value] of Object.entries(conditions)) {
    assert.equal((await retryJobs(sql, { [name]: value })).dry_run, true);
  }
});
