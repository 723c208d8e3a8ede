import * as fc from 'fast-check';
import { type PolicyColumns, policyColumns } from '../policies.ts';
import type { Policy } from '../rows.ts';
import { attempt, perform, settleStep } from '../step.ts';
import { pickJob, policyOf, TYPES } from '../world.ts';
import { always, command, type ModelCommand, withJobs } from './command.ts';

const TUNED = [...TYPES, 'default'];

/** Changes one field, or more, of a policy that is there, or makes the policy. */
function tune(job_type: string, columns: PolicyColumns, fields: string[]): ModelCommand {
  // The maximum may not be below the base.
  const chosen = fields.includes('max_delay_seconds') ? [...fields, 'base_delay_seconds'] : fields;
  const given = Object.fromEntries(Object.entries(columns).filter(([f]) => chosen.includes(f)));
  return command('tune', { job_type, ...given }, always, async (world, real) => {
    const before = world.policies.get(job_type);
    const policy: Policy = before ? { ...before, ...given } : { job_type, ...columns };
    const seen = await perform(
      real,
      (sql) =>
        before
          ? sql`update puppet_job_retry_config set ${sql(given)} where job_type = ${job_type}`
          : sql`insert into puppet_job_retry_config ${sql({ ...policy })}`,
    );
    world.policies.set(job_type, policy);
    settleStep(world, seen, () => []);
  });
}

function remove(job_type: string): ModelCommand {
  return command('delete_policy', { job_type }, always, async (world, real) => {
    const seen = await attempt(
      real,
      (sql) => sql`delete from puppet_job_retry_config where job_type = ${job_type}`,
    );
    settleStep(world, seen, () => {
      if (job_type !== 'default') return seen.refusal ? ['a policy could not be deleted'] : [];
      return seen.refusal ? [] : ['the policy default was deleted'];
    });
    if (job_type !== 'default') world.policies.delete(job_type);
  });
}

/** get_retry_config says what applies now. */
function ask(job_type: string): ModelCommand {
  return command('get_retry_config', { job_type }, always, async (world, real) => {
    const seen = await perform(
      real,
      (sql) => sql<Policy[]>`select * from get_retry_config(${job_type})`,
    );
    const policy = policyOf(world, job_type);
    const endpoint_url = policy.job_type === job_type ? policy.endpoint_url : null;
    const found = new Map(Object.entries(seen.reply ?? {}));
    settleStep(world, seen, () =>
      Object.entries({ ...policy, endpoint_url })
        .filter(([field, value]) => JSON.stringify(found.get(field)) !== JSON.stringify(value))
        .map(([field, value]) => `get_retry_config: ${field} is not ${value}`));
  });
}

interface JobChange {
  retry_enabled?: boolean;
  max_retries?: number | null;
  priority?: number;
  release_count?: number;
}

/** What the service may set on a job by a plain UPDATE. */
function change(nth: number, columns: JobChange): ModelCommand {
  return command('update_job', { nth, ...columns }, withJobs, async (world, real) => {
    const known = pickJob(world, nth);
    if (!known) return;
    const { id } = known.row;
    const seen = await perform(
      real,
      (sql) => sql`update puppet_jobs set ${sql({ ...columns })} where id = ${id}`,
    );
    settleStep(world, seen, (jobs) => {
      jobs.set(id, { ...known, row: { ...known.row, ...columns } });
      return [];
    });
  });
}

function changeDeadline(nth: number, seconds: number | null): ModelCommand {
  return command('update_deadline', { nth, seconds }, withJobs, async (world, real) => {
    const known = pickJob(world, nth);
    if (!known) return;
    const { id } = known.row;
    const seen = await perform(real, (sql) =>
      sql`
        update puppet_jobs
        set deadline_at = clock_timestamp() + make_interval(secs => ${seconds})
        where id = ${id}
      `);
    settleStep(world, seen, (jobs) => {
      const deadline_at = seen.rows.get(id)?.deadline_at ?? null;
      jobs.set(id, { ...known, row: { ...known.row, deadline_at } });
      return [];
    });
  });
}

const fields = fc.subarray(
  [
    'max_retries',
    'base_delay_seconds',
    'max_jitter_seconds',
    'backoff_multiplier',
    'max_delay_seconds',
    'jitter_enabled',
    'jitter_strategy',
    'delay_schedule_seconds',
    'max_retry_after_seconds',
    'max_elapsed_seconds',
    'timeout_seconds',
    'max_crashes',
    'retry_on_error_types',
    'do_not_retry_on',
    'enabled',
    'endpoint_url',
  ],
  { minLength: 1, maxLength: 3 },
);

const jobChange: fc.Arbitrary<JobChange> = fc.constantFrom<JobChange>(
  { retry_enabled: false },
  { retry_enabled: true },
  { max_retries: 0 },
  { max_retries: 3 },
  { max_retries: null },
  { priority: 1 },
  { priority: 10 },
  // As if it had been handed back five times.
  { release_count: 5 },
);

export const policyChanges: fc.Arbitrary<ModelCommand>[] = [
  fc.tuple(fc.constantFrom(...TUNED), policyColumns, fields).map(([...given]) => tune(...given)),
  fc.constantFrom(...TUNED).map(remove),
  fc.constantFrom(...TUNED, 'nobody').map(ask),
];

export const jobChanges: fc.Arbitrary<ModelCommand>[] = [
  fc.tuple(fc.nat(7), jobChange).map(([...given]) => change(...given)),
  fc.tuple(fc.nat(7), fc.option(fc.constantFrom(-5, 25, 2000), { freq: 2 }))
    .map(([...given]) => changeDeadline(...given)),
];
