import * as fc from 'fast-check';
import { dueAt, endOf, isWaiting, rank } from '../claim_rules.ts';
import { latest } from '../moments.ts';
import type { Job } from '../rows.ts';
import { attempt, perform, settleStep } from '../step.ts';
import { handledTypes, pickJob, type World } from '../world.ts';
import { always, command, type ModelCommand, withJobs } from './command.ts';

/** get_jobs_ready_for_retry shows the retries that a claim would hand out, in its order. */
function ready(limit: number): ModelCommand {
  return command('get_jobs_ready_for_retry', { limit }, always, async (world, real) => {
    const seen = await perform(real, (sql) =>
      sql<{ ids: string[] }[]>`
        select array(select job_id::text from get_jobs_ready_for_retry(${limit})) as ids
      `);
    settleStep(world, seen, (jobs, at) => {
      const rows = [...jobs.values()].map(({ row }) => row).filter((row) =>
        isWaiting(row) && row.final_status === 'failed' && dueAt(row) <= at &&
        endOf(row, at) === null
      );
      const ranks = rows.map(rank).sort((one, other) => one - other).slice(0, limit);
      const shown = (seen.reply?.ids ?? []).map((id) => rows.find((row) => row.id === id));
      const shownRanks = shown.map((row) => row ? rank(row) : null);
      return JSON.stringify(ranks) === JSON.stringify(shownRanks)
        ? []
        : [`ready for retry: ${JSON.stringify(shownRanks)}, not ${JSON.stringify(ranks)}`];
    });
  });
}

/** What explain_job must say of a job, by the names of its rules. */
function verdictsOf(world: World, row: Job, at: number): Record<string, string> {
  if (!isWaiting(row)) return {};
  const isLate = row.deadline_at !== null && latest(row.deadline_at) <= at;
  const asked = row.retry_enabled || row.next_retry_reason !== null;
  return {
    deadline: isLate ? 'ends' : 'lets_go',
    handled_type: handledTypes(world).includes(row.job_type) ? 'lets_go' : 'holds',
    due: dueAt(row) > at ? 'holds' : 'lets_go',
    retry_enabled: asked ? 'lets_go' : row.final_status === 'failed' ? 'ends' : 'limits',
  };
}

interface Explanation {
  status: string;
  rules: { rule: string; verdict: string }[];
}

function explain(nth: number): ModelCommand {
  return command('explain_job', { nth }, withJobs, async (world, real) => {
    const row = pickJob(world, nth)?.row;
    if (!row) return;
    const seen = await perform(real, (sql) =>
      sql<{ explained: Explanation }[]>`
        select explain_job(${row.id}) as explained
      `);
    const rules = seen.reply?.explained.rules ?? [];
    const said = new Map(rules.map(({ rule, verdict }) => [rule, verdict]));
    const hasEnded = rules.some(({ verdict }) => verdict === 'ended');
    settleStep(world, seen, (_, at) => {
      const wrong = Object.entries(verdictsOf(world, row, at))
        .filter(([rule, verdict]) => said.get(rule) !== verdict)
        .map(([rule, verdict]) => `explain_job: ${rule} ${said.get(rule)}, not ${verdict}`);
      const ends = hasEnded === (row.final_status === row.status);
      return ends ? wrong : [...wrong, `explain_job: ended is ${hasEnded} of a ${row.status} job`];
    });
  });
}

/** Calls that make no sense, each with what it must be refused with. */
const NONSENSE: [string, string][] = [
  [`select claim_jobs('ada', -1)`, 'PT400'],
  [`select claim_jobs('', 1)`, 'PT400'],
  [`select claim_jobs('ada', 1, p_lease_seconds => 0)`, 'PT400'],
  [`select settle_jobs('ada', '{}')`, 'PT400'],
  [`select extend_job_leases('ada', '[]', 0)`, 'PT400'],
  [`select release_jobs('ada', null, 'shutdown')`, 'PT400'],
  [`select rescue_expired_jobs(0)`, 'PT400'],
  [`select enqueue_jobs('[]')`, 'PT422'],
  [`select retry_jobs('{}', 0, false)`, 'PT422'],
  [`select retry_job(gen_random_uuid())`, 'PT404'],
  [`select cancel_job(gen_random_uuid(), 'why')`, 'PT404'],
];

function nonsense([statement, code]: [string, string]): ModelCommand {
  return command('nonsense', { statement }, always, async (world, real) => {
    const seen = await attempt(real, (sql) => sql.unsafe(statement));
    const right = seen.refusal?.code === code && Boolean(seen.refusal.hint);
    settleStep(
      world,
      seen,
      () => right ? [] : [`${statement} must be refused with ${code} and a hint`],
    );
  });
}

export const looks: fc.Arbitrary<ModelCommand>[] = [
  fc.constantFrom(1, 50).map(ready),
  fc.nat(7).map(explain),
  fc.constantFrom(...NONSENSE).map(nonsense),
];
