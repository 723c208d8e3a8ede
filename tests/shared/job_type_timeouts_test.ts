import assert from 'node:assert/strict';
import { JobTypeTimeouts } from '../../shared/job_type_timeouts.ts';
import { claimedJob } from './sample_job.ts';

Deno.test('JobTypeTimeouts: jobs start while they can end in time, long ones in the first half', () => {
  const timeouts = new JobTypeTimeouts();
  for (
    const [job_type, timeout_seconds] of [['short', 10], ['long', 60], ['oversize', 120]] as const
  ) {
    timeouts.note(claimedJob({ job_type, timeout_seconds }));
  }
  const last = (type: string) => {
    let elapsed = 0;
    while (timeouts.mayStart(type, elapsed + 1, 60)) elapsed++;
    return elapsed;
  };
  assert.deepEqual(['unmet', 'short', 'long', 'oversize'].map(last), [60, 50, 30, 30]);
});
