import assert from 'node:assert/strict';
import { z } from 'zod';
import { CronProcessor } from '../../shared/cron_processor.ts';
import { defineHandler, registerHandlers } from '../../shared/job_handlers.ts';
import { retryHistoryService } from '../../shared/retry_history_service.ts';
import { retryManager } from '../../shared/retry_manager.ts';
import { actAs, databaseTest } from '../database/database.ts';
import { insertAttempt } from '../database/history.ts';
import { claimedJob, insertJob, insertPolicy, jobRow, settle } from '../database/jobs.ts';
import { done, openWorkspace } from '../shared/workspace.ts';

// The examples that users have in hand, as they stand in their code: only the imports are ours.

Deno.test('example: schedule a retry, then read its history', async () => {
  await using work = await openWorkspace();
  const [jobId = ''] = await work.enqueue({});
  const scheduled = await retryManager.scheduleRetry(
    jobId,
    'Network timeout occurred',
    'network',
    'executor-id',
  );
  assert.equal(scheduled, true);
  const history = await retryHistoryService.getJobRetryHistory(jobId);
  assert.equal(history.length, 1);
  assert.equal(history[0]?.errorMessage, 'Network timeout occurred');
});

Deno.test('example: the success rate of a job type', async () => {
  const analytics = await retryHistoryService.getRetryAnalytics({
    jobType: 'linkedin_outreach',
    startDate: '2024-01-01T00:00:00Z',
  });
  const successRate = analytics.successfulRetries / analytics.totalRetries * 100;
  assert.ok(analytics.totalRetries === 0 ? Number.isNaN(successRate) : successRate >= 0);
});

Deno.test('example: a processor runs new jobs and retries', async () => {
  await using work = await openWorkspace();
  const handler = defineHandler({ jobType: work.jobType, config: z.object({}), run: () => ({}) });
  registerHandlers([handler]);
  const [retried = ''] = await work.enqueue({}, {});
  await retryManager.scheduleRetry(retried, 'refused', 'network');
  done(
    await work.client.from('puppet_jobs').update({ next_retry_at: '2026-01-01T00:00:00Z' })
      .eq('id', retried),
  );

  const processor = new CronProcessor({
    processorId: 'retry-processor',
    batchSize: 20,
    processRetryJobs: true,
  });
  const result = await processor.processFullBatch();
  assert.equal(result.totalJobs, 2);
  assert.equal(result.retriedJobs, 1);
  assert.deepEqual((await work.jobs()).map((job) => job.status), ['completed', 'completed']);
});

Deno.test('example: a plain insert enqueues a job', async () => {
  await using work = await openWorkspace({ job_type: 'custom_job' });
  const supabase = work.client;
  const user_id = crypto.randomUUID();
  const { error } = await supabase.from('puppet_jobs').insert({
    user_id,
    job_type: 'custom_job',
    job_config: { to: 'ada@example.com' },
    retry_enabled: true,
    max_retries: 7,
    priority: 5,
  });
  assert.equal(error, null);
  const [job] = done(await supabase.from('puppet_jobs').delete().eq('user_id', user_id).select());
  assert.equal(job?.status, 'pending');
  assert.equal(job?.max_retries, 7);
  done(await supabase.from('puppet_job_retry_config').delete().eq('job_type', 'custom_job'));
});

databaseTest(
  'example: a plain UPDATE tunes a policy, and the next failure follows',
  async (sql) => {
    await actAs(sql, 'postgres');
    const updated = await sql.unsafe(`
    update puppet_job_retry_config set max_retries = 3, base_delay_seconds = 3600,
      backoff_multiplier = 1.5, max_delay_seconds = 43200 where job_type = 'linkedin_outreach'
  `);
    assert.equal(updated.count, 1);
    await sql`
    update puppet_job_retry_config set jitter_enabled = false where job_type = 'linkedin_outreach'
  `;
    const { job_id, lease_token } = await claimedJob(sql, { job_type: 'linkedin_outreach' });
    await settle(sql, [{ job_id, lease_token, outcome: 'failed', error_type: 'network' }]);
    const [attempt] = await sql`
    select delay_seconds from puppet_job_retry_history where job_id = ${job_id}
  `;
    assert.equal(attempt!.delay_seconds, 3600);
  },
);

databaseTest('example: the jobs that wait for a retry, in minutes', async (sql) => {
  const { job_id, lease_token } = await claimedJob(sql);
  await insertJob(sql);
  await insertPolicy(sql, { base_delay_seconds: 600 });
  await settle(sql, [{ job_id, lease_token, outcome: 'failed', error_type: 'network' }]);
  const waiting = await sql.unsafe(`
    select id, job_type, retry_count, next_retry_at,
      extract(epoch from (next_retry_at - now())) / 60 as minutes_until_retry
    from puppet_jobs
    where final_status = 'failed' and next_retry_at > now() and retry_enabled = true
    order by next_retry_at
  `);
  assert.deepEqual(waiting.map(({ id }) => id), [job_id]);
  assert.ok(Math.abs(Number(waiting[0]?.minutes_until_retry) - 10) < 1);
});

databaseTest('example: success rates by job type over 7 days', async (sql) => {
  const id = await insertJob(sql);
  await insertAttempt(sql, id);
  await insertAttempt(sql, id, { attempt_number: 2, success: true, decision: 'succeeded' });
  await insertAttempt(sql, id, { attempt_number: 3, attempted_at: '2026-01-01T00:00:00Z' });
  const rates = await sql.unsafe(`
    select j.job_type, count(*) as total_retries,
      sum(case when h.success then 1 else 0 end) as successful_retries,
      round(avg(case when h.success then 1 else 0 end) * 100, 2) as success_rate
    from puppet_job_retry_history h
    join puppet_jobs j on j.id = h.job_id
    where h.attempted_at > now() - interval '7 days'
    group by j.job_type
  `);
  const ours = rates.find(({ job_type }) => job_type === 'test_job')!;
  assert.deepEqual({ ...ours }, {
    job_type: 'test_job',
    total_retries: '2',
    successful_retries: '1',
    success_rate: '50.00',
  });
});

databaseTest('example: the policies that are enabled', async (sql) => {
  await insertPolicy(sql, { enabled: false });
  const policies = await sql.unsafe(
    'select * from puppet_job_retry_config where enabled = true',
  );
  const types = policies.map(({ job_type }) => job_type);
  for (const seeded of ['default', 'linkedin_outreach', 'email_campaign', 'data_enrichment']) {
    assert.ok(types.includes(seeded), seeded);
  }
  assert.ok(!types.includes('test_job'));
});

databaseTest('example: the jobs that are ready for a retry', async (sql) => {
  const { job_id, lease_token } = await claimedJob(sql);
  await settle(sql, [{ job_id, lease_token, outcome: 'failed', error_type: 'network' }]);
  await sql`update puppet_jobs set next_retry_at = now() where id = ${job_id}`;
  assert.equal((await jobRow(sql, job_id)).retry_count, 1);
  const ready = await sql.unsafe('select * from get_jobs_ready_for_retry(10)');
  assert.deepEqual(ready.map((job) => job.job_id), [job_id]);
});

databaseTest('example: the errors of the last 24 hours', async (sql) => {
  const id = await insertJob(sql);
  await insertAttempt(sql, id, { error_type: 'example_error', delay_seconds: 10 });
  await insertAttempt(sql, id, {
    attempt_number: 2,
    error_type: 'example_error',
    delay_seconds: 20,
  });
  // The last failure scheduled no wait, so it does not lower the average.
  await insertAttempt(sql, id, { attempt_number: 3, error_type: 'example_error' });
  const errors = await sql.unsafe(`
    select error_type, count(*) as occurrences, avg(delay_seconds) as average_delay
    from puppet_job_retry_history
    where attempted_at > now() - interval '24 hours' and not success
    group by error_type
    order by occurrences desc
  `);
  const ours = errors.find(({ error_type }) => error_type === 'example_error')!;
  assert.equal(ours.occurrences, '3');
  assert.equal(Number(ours.average_delay), 15);
});
