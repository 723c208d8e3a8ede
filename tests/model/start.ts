import * as fc from 'fast-check';
import type postgres from 'postgres';
import { actAs } from '../database/database.ts';
import { PROCESSOR_SECRET, PROCESSOR_URL } from '../database/ticks.ts';
import { setSecrets } from '../database/vault.ts';
import { type PolicyColumns, policyColumns } from './policies.ts';
import { readPolicies } from './rows.ts';
import { HANDLED, type Real, type World } from './world.ts';

export interface Start {
  policies: { model_a: PolicyColumns; model_b: PolicyColumns };
  chance: number;
}

export const start: fc.Arbitrary<Start> = fc.record({
  policies: fc.record({ model_a: policyColumns, model_b: policyColumns }),
  // Postgres' own random numbers follow it, so that a replay waits as long.
  chance: fc.nat(1000).map((n) => n / 1000),
});

/** Makes an empty world of this transaction alone, seen by the service. */
export async function prepare(
  sql: postgres.TransactionSql,
  { policies, chance }: Start,
  { decisions }: Real['counter'],
): Promise<World> {
  await sql`select pg_advisory_xact_lock(hashtext('puppet_private.tick')), setseed(${chance})`;
  // New files, until the rollback: what earlier runs left dead would slow down every look.
  await sql`truncate puppet_jobs cascade`;
  await sql`delete from puppet_tick_receipts`;
  await sql`delete from puppet_handled_types where source = 'handler'`;
  await sql`delete from puppet_job_retry_config where job_type <> 'default'`;
  await sql`select register_handled_types(${HANDLED})`;
  await setSecrets(sql, {
    puppet_processor_url: PROCESSOR_URL,
    puppet_processor_secret: PROCESSOR_SECRET,
  });
  await sql`select arm_ticks(${PROCESSOR_URL})`;
  for (const [job_type, columns] of Object.entries(policies)) {
    await sql`insert into puppet_job_retry_config ${sql({ job_type, ...columns })}`;
  }
  await actAs(sql, 'service_role');
  const rows = await readPolicies(sql);
  return {
    jobs: new Map(),
    policies: new Map(rows.map((row) => [row.job_type, row])),
    leases: [],
    vanished: new Set(),
    claims: [],
    settles: [],
    called: false,
    decisions,
  };
}
