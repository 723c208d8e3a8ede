// A backend on Node: `node_test.ts` runs it there and reads what it prints. Arguments: the id of a
// due job whose work has failed, and a job type of the backend's own.
import process from 'node:process';
import { z } from 'zod';
import { CronProcessor } from '../../../shared/cron_processor.ts';
import { defineHandler } from '../../../shared/job_handlers.ts';
import { retryHistoryService } from '../../../shared/retry_history_service.ts';
import { retryManager } from '../../../shared/retry_manager.ts';

const [failedJobId = '', jobType = ''] = process.argv.slice(2);

const scheduled = await retryManager.scheduleRetry(
  failedJobId,
  'Network timeout occurred',
  'network',
  'node-backend',
);
const history = await retryHistoryService.getJobRetryHistory(failedJobId);
const config = await retryManager.getRetryConfig(jobType);
const refused = await retryManager.manualRetry('nonsense').catch((error) => error.code);

const greet = defineHandler({
  jobType,
  config: z.object({ name: z.string() }),
  run: (job) => ({ greeting: `Hello, ${job.config.name}` }),
});
const processor = new CronProcessor({ processorId: 'node-processor', handlers: [greet] });
const result = await processor.processFullBatch();

console.log(JSON.stringify({
  node: process.versions.node,
  scheduled,
  history: history.map(({ executorId, decision }) => ({ executorId, decision })),
  maxRetries: config.maxRetries,
  refused,
  totalJobs: result.totalJobs,
  successfulJobs: result.successfulJobs,
  failedJobs: result.failedJobs,
  errors: result.errors,
}));
