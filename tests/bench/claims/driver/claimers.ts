import { PgBoss } from 'pg-boss';
import { contractFloor } from '../../speed/driver/contract_floor.ts';
import { Floor, floor } from '../../speed/driver/floor.ts';
import { PgBossContender } from '../../speed/driver/pg_boss.ts';
import { CallClaims } from './calls.ts';
import type { Claimer } from './claimer.ts';
import { GraphileWorkerClaims } from './graphile_worker.ts';
import { PuppetRetryClaims } from './puppet_retry.ts';

/** Everything whose claims are measured, by the name that the table uses. */
export const claimers: Record<string, () => Claimer> = {
  'puppet-retry in SQL': () => new PuppetRetryClaims(),
  'pg-boss': () => new CallClaims(new PgBossContender('calls'), addOtherQueue),
  'graphile-worker': () => new GraphileWorkerClaims(),
  floor: () => new CallClaims(new Floor(floor)),
  'contract floor': () => new CallClaims(new Floor(contractFloor)),
};

/** The queue of jobs that nobody claims. */
async function addOtherQueue(dbUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: dbUrl, supervise: false, schedule: false });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('other');
  await boss.stop({ graceful: false });
}
