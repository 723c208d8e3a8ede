/** Who asks: the project's secret key, the owner of a tenth of all jobs, or one of a thousandth. */
export type Asker = 'service' | 'big owner' | 'owner';

/** One GET that is measured. */
export interface Question {
  asker: Asker;
  /** Below `/functions/v1/api`; `:jobId` stands for a job of the asker. */
  path: string;
}

const OPERATIONS = ['/health', '/health/details', '/metrics', '/openapi.json', '/puppet/queue'];

const LISTS = [
  '/puppet/failed-jobs',
  '/puppet/failed-jobs?status=permanently_failed&retryCount=>5',
  '/puppet/failed-jobs?jobType=type_8',
  '/puppet/failed-jobs?errorType=nothing_like_it',
  '/puppet/failed-jobs?status=cancelled',
  '/puppet/failed-jobs?status=failed',
  '/puppet/failed-jobs?status=failed&jobType=type_3',
  '/puppet/retry-history',
  '/puppet/retry-history?jobType=type_8',
  '/puppet/retry-history?success=true',
  '/puppet/retry-history?errorType=authentication',
  '/puppet/retry-history?errorType=nothing_like_it',
  '/puppet/retry-history?startDate=2000-01-01T00:00:00Z&attemptNumber=9',
];

const ONE_JOB = ['', '/history', '/explain'].map((part) => `/puppet/jobs/:jobId${part}`);

const ANALYTICS = [
  '/puppet/retry-analytics?days=1',
  '/puppet/retry-analytics?days=1&jobType=type_3',
  '/puppet/retry-analytics?days=30',
];

/** Every GET route, as each asker who may ask it. */
export const QUESTIONS: Question[] = [
  ...by('service', [...OPERATIONS, '/puppet/retry-config', '/puppet/retry-config/type_1']),
  ...by('service', [...ONE_JOB, ...LISTS, ...ANALYTICS]),
  ...by('big owner', [...ONE_JOB, ...LISTS, ...ANALYTICS]),
  ...by('owner', [...ONE_JOB, ...LISTS, ...ANALYTICS]),
];

function by(asker: Asker, paths: string[]): Question[] {
  return paths.map((path) => ({ asker, path }));
}
