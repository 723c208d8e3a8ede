import { z } from '@hono/zod-openapi';
import { answeredMoment } from './answered.ts';

const moment = answeredMoment.nullable();
const depth = z.union([z.int(), z.string().regex(/^[\d,]+\+$/)]).openapi({
  description: 'Counted out, or as in `5,000+`',
});

const ofType = { jobType: z.string(), oldestDueAt: moment, handled: z.boolean() };
const ofAll = {
  countedUpTo: z.int().openapi({ description: 'Where the counts of one type stop' }),
  moreJobTypes: z.boolean().openapi({
    description: 'Whether there are types beyond the 100 listed, of which handled ones come first',
  }),
  oldestDueAt: moment.openapi({ description: 'Of the types that somebody can run' }),
  unhandledTypes: z.array(z.string()).openapi({
    description: 'Of those listed, with jobs that nobody can run',
  }),
};

const counts = { waiting: z.int(), due: z.int(), running: z.int() };
const depths = { waiting: depth, due: depth, running: depth };

/** What `get_queue_state` answers. */
export const queueStateSchema = z.object({
  ...counts,
  ...ofAll,
  jobTypes: z.array(z.object({ ...ofType, ...counts })),
});

/** The queue: `waiting` has every job that is not ended and not running, `due` those due now. */
export const queueSchema = z.object({
  ...depths,
  ...ofAll,
  jobTypes: z.array(z.object({ ...ofType, ...depths })),
}).openapi('Queue');
