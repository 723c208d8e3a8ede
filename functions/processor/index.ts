import { verifyAuth } from '@supabase/server/core';
import { CronProcessor } from '../../shared/cron_processor.ts';
import { JobDatabase } from '../../shared/job_database.ts';
import { registerHandlers } from '../../shared/job_handlers.ts';
import { consoleLogger } from '../../shared/logger.ts';
import { createServiceClient } from '../../shared/service_client.ts';
import { createProcessorApp } from './app.ts';
import { keepAlive, onShutdown } from './edge_runtime.ts';
import { handlers } from './handlers/index.ts';

registerHandlers(handlers);

const processor = new CronProcessor({ batchSize: 20 });

/** What one run takes on, so that it keeps within what the hosted runtime lets a call use. */
const BUDGET = { maxSeconds: 60, maxJobs: 1000 };

/** Made on the first request, so that importing this file reads nothing. */
let database: JobDatabase | undefined;
function useDatabase(): JobDatabase {
  return database ??= new JobDatabase(createServiceClient(), processor.processorId);
}

onShutdown((reason) => processor.handBack(reason));

const app = createProcessorApp({
  drain: () => processor.drain(BUDGET),
  maxJobs: BUDGET.maxJobs,
  acceptTick: ({ receiptId, timestamp, signature }) =>
    useDatabase().acceptTick(receiptId, timestamp, signature),
  finishTick: (receiptId, counts) => useDatabase().finishTick(receiptId, counts),
  tick: () => useDatabase().tick(),
  isService: async (request) => !(await verifyAuth(request, { auth: 'secret:*' })).error,
  waitUntil: keepAlive,
  logger: consoleLogger,
});

export default { fetch: app.fetch };
