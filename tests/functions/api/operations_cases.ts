import assert from 'node:assert/strict';
import { answerOf, type ApiFixture } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { parsePrometheus } from './prometheus_parser.ts';

interface OfType {
  jobType: string;
  waiting: number | string;
}

async function queueOf({ send }: ApiFixture, type: string) {
  const queue = await answerOf(await send('service', 'GET', '/puppet/queue'));
  return { queue, one: queue.jobTypes.find(({ jobType }: OfType) => jobType === type) };
}

export const operationCases: Cases = {
  'the queue tells what waits, is due and is unhandled, per type': async (api) => {
    const job_type = `queue_${crypto.randomUUID()}`;
    const scheduled_at = '2026-01-01T00:00:00+00:00';
    await api.insertJob({ job_type, scheduled_at, priority: 2 });
    await api.insertJob({ job_type, priority: 9 });
    await api.insertJob({ job_type, scheduled_at: '2999-01-01T00:00:00Z' });
    const { queue, one } = await queueOf(api, job_type);
    assert.deepEqual(one, {
      jobType: job_type,
      waiting: 3,
      due: 2,
      running: 0,
      oldestDueAt: scheduled_at,
      handled: false,
    });
    assert.ok(queue.unhandledTypes.includes(job_type));
  },

  'more than 10,000, or less where there are many types, are not counted out': async (api) => {
    const job_type = `queue_${crypto.randomUUID()}`;
    const row = { user_id: crypto.randomUUID(), job_type };
    for (let n = 0; n < 3; n++) {
      const { error } = await api.client.from('puppet_jobs').insert(Array(3334).fill(row));
      assert.equal(error, null);
    }
    const { queue, one } = await queueOf(api, job_type);
    const most = `${queue.countedUpTo.toLocaleString('en-US')}+`;
    assert.deepEqual([one.waiting, one.due], [most, most]);
    assert.match(queue.waiting, /^[\d,]+\+$/);
    assert.equal(queue.moreJobTypes, false);
    const metrics = await (await api.send('service', 'GET', '/metrics')).text();
    assert.ok(metrics.includes(`each counted up to ${queue.countedUpTo + 1}.`));
    await api.client.from('puppet_jobs').delete().eq('job_type', job_type);
  },

  'where more than 10,000 run, what runs of a type is told as a lower bound': async (api) => {
    const user_id = crypto.randomUUID();
    const job_type = `queue_${user_id}`;
    const held = {
      user_id,
      status: 'running',
      executing_by: 'executor',
      executing_at: new Date().toISOString(),
      execution_timeout_at: '2999-01-01T00:00:00Z',
      lease_token: crypto.randomUUID(),
    };
    for (let n = 0; n < 3; n++) {
      const few = Array(3).fill({ ...held, job_type });
      const many = Array(3337).fill({ ...held, job_type: `${job_type}_many` });
      const { error } = await api.client.from('puppet_jobs').insert([...few, ...many]);
      assert.equal(error, null);
    }
    const { queue, one } = await queueOf(api, job_type);
    assert.equal(queue.running, '10,000+');
    for (const { running } of queue.jobTypes) assert.match(String(running), /^[\d,]+\+$/);
    assert.equal(one.waiting, 0);
    await api.client.from('puppet_jobs').delete().eq('user_id', user_id);
  },

  'health says ok and nothing else, to everybody': async ({ send }) => {
    assert.deepEqual(await answerOf(await send('nobody', 'GET', '/health')), { ok: true });
  },

  'health details tell what is wrong, and what to do': async (api) => {
    const type = `slow_${crypto.randomUUID()}`;
    await api.client.from('puppet_job_retry_config')
      .insert({ job_type: type, timeout_seconds: 61 });
    const { error } = await api.client.rpc('register_handled_types', { p_job_types: [type] });
    assert.equal(error, null);
    const unhandled = `nobody_${crypto.randomUUID()}`;
    await api.insertJob({ job_type: unhandled });
    const health = await answerOf(await api.send('service', 'GET', '/health/details'));
    assert.equal(health.ok, false);
    const checks = Object.fromEntries(
      health.checks.map((check: { name: string }) => [check.name, check]),
    );
    assert.deepEqual(Object.keys(checks), [
      'database',
      'schema_version',
      'ticks_armed',
      'oldest_due_job',
      'unhandled_due_jobs',
      'ticks_answered',
      'expired_leases',
      'timeouts_within_a_run',
      'endpoint_secrets',
      'endpoint_addresses',
    ]);
    assert.deepEqual([checks.database.ok, checks.database.advice], [true, null]);
    const culprits = { unhandled_due_jobs: unhandled, timeouts_within_a_run: type };
    for (const [name, culprit] of Object.entries(culprits)) {
      assert.equal(checks[name].ok, false);
      assert.ok(checks[name].text.includes(culprit), checks[name].text);
      assert.ok(checks[name].advice.length > 20);
    }
  },

  'a Prometheus parser reads the metrics': async (api) => {
    const job_type = 'odd "type"\\ with\nlines';
    await api.insertJob({ job_type, scheduled_at: '2026-01-01T00:00:00Z' });
    const response = await api.send('service', 'GET', '/metrics');
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const families = parsePrometheus(await response.text());
    assert.deepEqual(families.map(({ name }) => name), [
      'puppet_jobs_waiting',
      'puppet_jobs_due',
      'puppet_jobs_running',
      'puppet_oldest_due_age_seconds',
      'puppet_job_type_handled',
      'puppet_health_check_ok',
    ]);
    assert.ok(families.every(({ type }) => type === 'GAUGE'));
    const sample = (family: string) =>
      families.find(({ name }) => name === family)?.metrics
        .find(({ labels }) => labels.job_type === job_type)?.value;
    assert.equal(sample('puppet_jobs_due'), '1');
    assert.equal(sample('puppet_job_type_handled'), '0');
    assert.ok(Number(sample('puppet_oldest_due_age_seconds')) > 86_400);
  },
};
