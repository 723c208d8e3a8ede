import type { Contender } from './contender.ts';
import { contractFloor } from './contract_floor.ts';
import { Floor, floor } from './floor.ts';
import { EIGHT_AT_ONCE, GraphileWorker, HIGH_THROUGHPUT } from './graphile_worker.ts';
import { PgBossContender, type PgBossSettings } from './pg_boss.ts';
import { PuppetRetry } from './puppet_retry.ts';
import { PuppetRetrySql } from './puppet_retry_sql.ts';

/** As the documentation of pg-boss advises for a backlog: full batches are followed by the next at once. */
function inBatchesOf(batchSize: number): PgBossSettings {
  return {
    batchSize,
    pollingIntervalSeconds: 0.5,
    burstWhenBatchFull: true,
    localConcurrency: 2,
  };
}

/** Everything that can be driven, by the name that the tables use. */
export const contenders: Record<string, () => Contender> = {
  'puppet-retry in SQL': () => new PuppetRetrySql(),
  'puppet-retry by insert': () => new PuppetRetrySql('insert'),
  'puppet-retry': () => new PuppetRetry(),
  'puppet-retry, insert': () => new PuppetRetry({}, 'insert'),
  'puppet-retry, batch 500': () => new PuppetRetry({ batchSize: 500 }),
  'puppet-retry, batch 1000': () => new PuppetRetry({ batchSize: 1000 }),
  'pg-boss calls': () => new PgBossContender('calls'),
  'pg-boss work()': () => new PgBossContender({}),
  'pg-boss work(), batch 100': () => new PgBossContender(inBatchesOf(100)),
  'pg-boss work(), batch 1000': () => new PgBossContender(inBatchesOf(1000)),
  'graphile-worker': () => new GraphileWorker(),
  'graphile-worker, 8 at once': () => new GraphileWorker(EIGHT_AT_ONCE),
  'graphile-worker, best': () => new GraphileWorker(HIGH_THROUGHPUT),
  floor: () => new Floor(floor),
  'contract floor': () => new Floor(contractFloor),
};
