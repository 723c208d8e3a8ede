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
import { times } from './time.ts';

/** Each entry stands for its share: what moves jobs comes more often than what only disturbs. */
export const COMMANDS: fc.Arbitrary<ModelCommand>[] = [
  ...enqueues,
  ...enqueues,
  ...claims,
  ...claims,
  ...settles,
  ...settles,
  ...settles,
  ...leases,
  ...rescues,
  ...manuals,
  ...reports,
  ...times,
  ...times,
  ...times,
  ...policyChanges,
  ...jobChanges,
  ...looks,
];
