import { z } from 'zod';
import { defineHandler } from '../../shared/job_handlers.ts';
import { HANDLED } from './jobs.ts';

/** Does nothing, but tells when it began (ms since 1970), and fails as often as the job says. */
export const soakHandler = defineHandler({
  jobType: HANDLED,
  config: z.object({ fail_share: z.number() }),
  run({ config }) {
    const started_at = Date.now();
    if (Math.random() < config.fail_share) throw Object.assign(new Error('busy'), { status: 503 });
    return { started_at };
  },
});
