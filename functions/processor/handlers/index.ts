import type { JobHandler } from '../../../shared/job_handlers.ts';

/** The handlers of this project, one file per job type in this folder; types with an endpoint need none. */
export const handlers: JobHandler[] = [];
