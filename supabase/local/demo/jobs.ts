import { type Random, randomFrom } from '../random.ts';

/** What the target does with one delivery; a job's script lists them, and its last step repeats. */
export type Step =
  | 'ok'
  | 'slow'
  | 'hang'
  | 'reset'
  | '429'
  | '500'
  | '503'
  | '401'
  | '403'
  | '422';

/** A job before it is enqueued. */
export interface PlannedJob {
  jobType: string;
  script: Step[];
  priority: number;
  /** Null: the policy decides. */
  maxRetries: number | null;
  retryEnabled: boolean;
  /** Seconds after it was enqueued; null for none. */
  deadlineSeconds: number | null;
}

interface JobKind {
  jobType: string;
  /** Share of all jobs. */
  share: number;
  /** Failures after which it may still work: fewer than its retries, so that a slow machine changes no fate. */
  patience: number;
  maxRetries: number | null;
}

/** The type that the demo brings along; the others are those of a fresh install. */
export const CUSTOM_TYPE = 'custom_job';

const KINDS: JobKind[] = [
  { jobType: 'data_enrichment', share: 0.28, patience: 6, maxRetries: null },
  { jobType: 'email_campaign', share: 0.24, patience: 5, maxRetries: null },
  { jobType: 'linkedin_outreach', share: 0.16, patience: 2, maxRetries: null },
  { jobType: 'default', share: 0.16, patience: 3, maxRetries: null },
  { jobType: CUSTOM_TYPE, share: 0.16, patience: 3, maxRetries: 7 },
];

const FAILURES: Step[] = ['hang', 'reset', '429', '500', '503'];
const REFUSALS: Step[] = ['401', '403', '422'];

/** Plans `count` jobs; the same seed gives the same jobs. */
export function planJobs(count: number, seed: number): PlannedJob[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, place) => {
    const kind = kindAt((place + 0.5) / count);
    return {
      jobType: kind.jobType,
      priority: 1 + Math.floor(random() * 10),
      maxRetries: kind.maxRetries,
      retryEnabled: true,
      deadlineSeconds: null,
      ...planFate(kind, random),
    };
  });
}

/** By place and not by chance, so that every type has its share in small runs too. */
function kindAt(fraction: number): JobKind {
  let sum = 0;
  const kind = KINDS.find(({ share }) => (sum += share) > fraction) ?? KINDS.at(-1);
  if (!kind) throw new Error('Cannot plan jobs: there is no job type');
  return kind;
}

function planFate({ patience }: JobKind, random: Random): Partial<PlannedJob> & { script: Step[] } {
  const fate = random();
  const ending: Step = random() < 0.25 ? 'slow' : 'ok';
  if (fate < 0.2) return { script: [ending] };
  if (fate < 0.28) return { script: [...failures(random, 0, 1), pick(REFUSALS, random)] };
  // The last failure repeats until the retries are used up, or the deadline comes.
  if (fate < 0.32) return { script: failures(random, 3, 5) };
  if (fate < 0.34) return { script: failures(random, 3, 5), deadlineSeconds: 6 };
  if (fate < 0.36) return { script: failures(random, 1, 1), retryEnabled: false };
  return { script: [...failures(random, 1, patience), ending] };
}

function failures(random: Random, least: number, most: number): Step[] {
  const length = least + Math.floor(random() * (most - least + 1));
  return Array.from({ length }, () => pick(FAILURES, random));
}

function pick(steps: Step[], random: Random): Step {
  return steps[Math.floor(random() * steps.length)] ?? 'ok';
}
