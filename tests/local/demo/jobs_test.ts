import assert from 'node:assert/strict';
import { CUSTOM_TYPE, planJobs } from '../../../supabase/local/demo/jobs.ts';

Deno.test('a seed gives the same jobs again, another seed others', () => {
  assert.deepEqual(planJobs(50, 7), planJobs(50, 7));
  assert.notDeepEqual(planJobs(50, 7), planJobs(50, 8));
});

Deno.test('small runs have every type too', () => {
  const types = new Set(planJobs(10, 1).map(({ jobType }) => jobType));
  assert.deepEqual([...types].sort(), [
    CUSTOM_TYPE,
    'data_enrichment',
    'default',
    'email_campaign',
    'linkedin_outreach',
  ]);
});

Deno.test('the jobs meet every mood of the target, and most fail before they work', () => {
  const jobs = planJobs(300, 7);
  const steps = new Set(jobs.flatMap(({ script }) => script));
  assert.deepEqual(
    [...steps].sort(),
    ['401', '403', '422', '429', '500', '503', 'hang', 'ok', 'reset', 'slow'],
  );
  const works = ({ script }: { script: string[] }) => /ok|slow/.test(script.at(-1) ?? '');
  const recovering = jobs.filter((job) => works(job) && job.script.length > 1);
  assert.ok(recovering.length > 150, `only ${recovering.length} recover`);
  assert.ok(jobs.filter((job) => !works(job)).length > 20);
});
