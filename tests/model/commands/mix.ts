import type * as fc from 'fast-check';
import { claims } from './claim.ts';
import type { ModelCommand } from './command.ts';
import { enqueues } from './enqueue.ts';
import { leases } from './leases.ts';
import { looks } from './look.ts';
import { manuals } from './manual.ts';
import { jobChanges, policyChanges } from './policy.ts';
import { reports } from './report.ts';
import { rescues } from './rescue.ts';
import { settles } from './settle.ts';
import { timePasses } from './time.ts';

function times(share: number, commands: fc.Arbitrary<ModelCommand>[]) {
  return Array.from({ length: share }, () => commands).flat();
}

/** Each entry stands for its share: what moves jobs comes more often than what only disturbs. */
export const COMMANDS: fc.Arbitrary<ModelCommand>[] = [
  ...times(3, enqueues),
  ...times(4, claims),
  ...times(6, settles),
  ...times(2, leases),
  ...times(2, rescues),
  ...times(2, manuals),
  ...times(2, reports),
  ...times(5, timePasses),
  ...policyChanges,
  ...times(2, jobChanges),
  ...looks,
];
