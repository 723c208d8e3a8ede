import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

export const bulkRetryCases: Cases = {
  'unless told otherwise it only tells which jobs': async (api) => {
    const job_type = `bulk_${crypto.randomUUID()}`;
    const ids = [
      await api.insertFailedJob({ job_type }),
      await api.insertFailedJob({ job_type }),
    ];
    const body = { filter: { jobType: job_type } };
    const told = await answerOf(await api.send('admin', 'POST', '/puppet/jobs/retry', body));
    assert.deepEqual([told.dryRun, told.count, told.changed], [true, 2, []]);
    assert.deepEqual(
      told.sample.map(({ jobId }: { jobId: string }) => jobId).sort(),
      ids.sort(),
    );
    assert.equal(told.sample[0].stopReason, 'max_retries_reached');
  },

  'an admin retries jobs of all owners, spread over a time': async (api) => {
    const job_type = `bulk_${crypto.randomUUID()}`;
    for (let n = 0; n < 4; n++) await api.insertFailedJob({ job_type });
    const body = { filter: { jobType: job_type }, dryRun: false, spreadSeconds: 400 };
    const told = await answerOf(await api.send('admin', 'POST', '/puppet/jobs/retry', body));
    assert.equal(told.changed.length, 4);
    const { data } = await api.client.from('puppet_jobs').select('status, next_retry_at')
      .eq('job_type', job_type).order('next_retry_at');
    const due = data?.map((job) => Date.parse(job.next_retry_at ?? '')) ?? [];
    assert.ok((due[3] ?? 0) - (due[0] ?? 0) >= 299_000);
    assert.ok(data?.every((job) => job.status === 'queued'));
  },

  'what a call leaves over is told': async (api) => {
    const job_type = `bulk_${crypto.randomUUID()}`;
    for (let n = 0; n < 3; n++) await api.insertFailedJob({ job_type });
    for (const dryRun of [true, false]) {
      const body = { filter: { jobType: job_type, limit: 2 }, dryRun };
      const told = await answerOf(await api.send('admin', 'POST', '/puppet/jobs/retry', body));
      assert.deepEqual([told.count, told.limited, told.remaining], [3, false, 1]);
    }
  },

  'owners may not': async ({ send }) => {
    const body = { filter: { jobType: 'api_test' } };
    await assertProblem(await send('owner', 'POST', '/puppet/jobs/retry', body), 403, 'forbidden');
  },
};
