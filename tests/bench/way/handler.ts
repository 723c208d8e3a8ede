import { z } from 'zod';
import { defineHandler } from '../../../shared/job_handlers.ts';
import { JOB_TYPE } from './jobs.ts';

/** Tells when it began (ms since 1970); may fail the job's first attempt, or take its time. */
export const wayHandler = defineHandler({
  jobType: JOB_TYPE,
  config: z.object({ fails_once: z.boolean().optional(), hold_ms: z.number().optional() }),
  async run({ config }, { attempt }) {
    const started_at = Date.now();
    if (config.hold_ms) await new Promise((resolve) => setTimeout(resolve, config.hold_ms));
    if (config.fails_once && attempt === 1) throw Object.assign(new Error('busy'), { status: 503 });
    return { started_at };
  },
});
