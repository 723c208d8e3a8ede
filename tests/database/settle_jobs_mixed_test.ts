import assert from 'node:assert/strict';
import { databaseTest } from './database.ts';
import { claimedJob, historyOf, settle } from './jobs.ts';
import { outcome } from './lifecycle.ts';

const NO_JITTER = { jitter_enabled: false };

databaseTest('settle_jobs: each of many failures is judged by its own policy', async (sql) => {
  await sql`insert into puppet_job_retry_config ${
    sql([
      { job_type: 'quick', base_delay_seconds: 10, max_retries: 5, enabled: true, ...NO_JITTER },
      { job_type: 'slow', base_delay_seconds: 600, max_retries: 5, enabled: true, ...NO_JITTER },
      { job_type: 'once', base_delay_seconds: 10, max_retries: 0, enabled: true, ...NO_JITTER },
      { job_type: 'off', base_delay_seconds: 10, max_retries: 5, enabled: false, ...NO_JITTER },
    ])
  }`;
  const types = ['slow', 'once', 'quick', 'done', 'off', 'quick', 'slow'];
  const jobs = [];
  for (const job_type of types) jobs.push(await claimedJob(sql, { job_type }));

  const answers = await settle(
    sql,
    jobs.map((job, n) =>
      types[n] === 'done' ? outcome(job, 'completed') : outcome(job, 'failed', {
        error_type: 'network',
        retry_after_seconds: n === 5 ? 100 : null,
      })
    ),
  );

  assert.deepEqual(answers.map((answer) => [answer.job_id, answer.decision]), [
    [jobs[0]!.job_id, 'retry_scheduled'],
    [jobs[1]!.job_id, 'max_retries_reached'],
    [jobs[2]!.job_id, 'retry_scheduled'],
    [jobs[3]!.job_id, 'succeeded'],
    [jobs[4]!.job_id, 'policy_disabled'],
    [jobs[5]!.job_id, 'retry_scheduled'],
    [jobs[6]!.job_id, 'retry_scheduled'],
  ]);
  const delays = [];
  for (const job of jobs) delays.push((await historyOf(sql, job.job_id))[0]?.delay_seconds);
  assert.deepEqual(delays, [600, null, 10, undefined, null, 100, 600]);
});
