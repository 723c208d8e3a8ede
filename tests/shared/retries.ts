import assert from 'node:assert/strict';
import { RetryHistoryService } from '../../shared/retry_history_service.ts';
import { RetryManager } from '../../shared/retry_manager.ts';
import { done, listeningLogger, type Workspace } from './workspace.ts';

export const UNKNOWN_JOB = '00000000-0000-4000-8000-0000000000aa';

export function managerOf({ client }: Workspace, executorId = 'manager'): RetryManager {
  return new RetryManager({ client, executorId, logger: listeningLogger() });
}

export function serviceOf({ client }: Workspace): RetryHistoryService {
  return new RetryHistoryService({ client });
}

export async function enqueueOne(
  work: Workspace,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const [id] = await work.enqueue(columns);
  assert.ok(id);
  return id;
}

/** Makes the waiting jobs of the type due. */
export async function passWaits({ client, jobType }: Workspace): Promise<void> {
  done(
    await client.from('puppet_jobs').update({ next_retry_at: '2026-01-01T00:00:00Z' })
      .eq('job_type', jobType).eq('final_status', 'failed').eq('status', 'queued'),
  );
}

/** Makes the job due and lets it fail. */
export async function failOnce(
  work: Workspace,
  id: string,
  errorType = 'network',
): Promise<void> {
  await passWaits(work);
  await managerOf(work, 'tester').scheduleRetry(id, `failed with ${errorType}`, errorType);
}

/** Logs so many attempts of the type's first job at once, a second apart by their numbers. */
export async function logMany(work: Workspace, id: string, numbers: number[]): Promise<void> {
  const [job] = await work.jobs();
  const rows = numbers.map((attempt_number) => ({
    job_id: id,
    user_id: job?.user_id ?? '',
    job_type: work.jobType,
    attempt_number,
    success: false,
    attempted_at: new Date(Date.UTC(2026, 0, 1) + attempt_number * 1000).toISOString(),
  }));
  done(await work.client.from('puppet_job_retry_history').insert(rows));
}
