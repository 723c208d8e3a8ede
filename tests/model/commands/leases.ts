import * as fc from 'fast-check';
import { earliest, later, latest, micros, type Moment, sooner } from '../moments.ts';
import { perform, type Seen, settleStep } from '../step.ts';
import { EXECUTORS, type Known, pickLease, type World } from '../world.ts';
import { command, type ModelCommand, withLeases } from './command.ts';
import { judgeItems, type Reported } from './settle.ts';

const picks = fc.array(fc.tuple(fc.nat(5), fc.nat(5).map((n) => n > 0)), {
  minLength: 1,
  maxLength: 2,
});

function leasesOf(world: World, picked: [number, boolean][]) {
  return picked.map(([nth, live]) => {
    const lease = pickLease(world, nth, live);
    return { job_id: lease?.job_id ?? '', lease_token: lease?.lease_token ?? '' };
  });
}

interface Extended {
  job_id: string;
  held: boolean;
  cancel_requested: boolean;
  lease_expires_at: string | null;
}

function extend(executor: string, picked: [number, boolean][], seconds: number): ModelCommand {
  return command('extend', { executor, picked, seconds }, withLeases, async (world, real) => {
    const items = leasesOf(world, picked);
    const seen = await perform(real, (sql) =>
      sql<{ extended: Extended[] }[]>`
        select extend_job_leases(${executor}, ${JSON.stringify(items)}::text::jsonb, ${seconds})
          as extended
      `);
    const extended = seen.reply?.extended ?? [];
    settleStep(world, seen, (jobs) =>
      items.flatMap((item, place) => {
        const known = jobs.get(item.job_id);
        const held = known?.row.status === 'running' && known.row.lease_token === item.lease_token;
        if (held) jobs.set(item.job_id, extendedJob(known, later(seen.now, seconds)));
        return extendProblems(known, held, extended[place], seen);
      }));
  });
}

/** A heartbeat never makes a lease shorter, and no lease outlives the deadline. */
function extendedJob(known: Known, asked: { from: number; to: number }): Known {
  const before = known.row.execution_timeout_at ?? 0;
  const longer = {
    from: Math.max(asked.from, earliest(before)),
    to: Math.max(asked.to, latest(before)),
  };
  const execution_timeout_at: Moment = sooner(longer, known.row.deadline_at);
  return { ...known, row: { ...known.row, execution_timeout_at } };
}

function extendProblems(
  known: Known | undefined,
  held: boolean,
  answer: Extended | undefined,
  seen: Seen<unknown>,
): string[] {
  const row = seen.rows.get(known?.row.id ?? '');
  const end = answer?.lease_expires_at ? micros(answer.lease_expires_at) : null;
  const right = answer?.held === held &&
    answer.cancel_requested === (held && known?.row.cancel_requested_at !== null) &&
    end === (held ? row?.execution_timeout_at : null);
  return right ? [] : [`extend answered ${JSON.stringify(answer)}, and held is ${held}`];
}

function release(
  executor: string,
  picked: [number, boolean][],
  reason: string | null,
): ModelCommand {
  return command('release', { executor, picked, reason }, withLeases, async (world, real) => {
    const leases = leasesOf(world, picked);
    const outcome = reason === 'memory' || reason === 'cpu' ? 'crashed' : 'released';
    const error_message = `Handed back unfinished: ${reason || 'no reason'}`;
    const items = leases.map((lease) => ({ ...lease, outcome, error_message }));
    const seen = await perform(real, (sql) =>
      sql<{ released: Reported[] }[]>`
        select release_jobs(${executor}, ${JSON.stringify(leases)}::text::jsonb, ${reason})
          as released
      `);
    const released = seen.reply?.released ?? [];
    settleStep(
      world,
      seen,
      (jobs) => judgeItems(world, jobs, items, released, seen, ['released', 'crashed']),
    );
  });
}

const executors = fc.constantFrom(...EXECUTORS);
const reasons = fc.constantFrom('shutdown', 'shutdown', 'memory', 'cpu', '', null);

export const leases: fc.Arbitrary<ModelCommand>[] = [
  fc.tuple(executors, picks, fc.constantFrom(1, 60, 4000)).map(([...given]) => extend(...given)),
  fc.tuple(executors, picks, reasons).map(([...given]) => release(...given)),
];
