import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { PuppetRetryError } from '../../shared/errors.ts';
import { HttpProblem, problemResponse } from '../../shared/http_problem.ts';
import type { ProcessingResult } from '../../shared/cron_processor.ts';
import type { Logger } from '../../shared/logger.ts';
import { readTick, type Tick } from './tick.ts';

/** Largest request body, in bytes; ours is `{}`. */
const MAX_BODY_BYTES = 4096;

/** Who the processor's routes work with. */
export interface ProcessorAppOptions {
  /** Runs until nothing is due or the budget is used up. */
  drain(): Promise<ProcessingResult>;
  /** Jobs after which a run ends though others are due. */
  maxJobs: number;
  /** Checks a tick's signature and stamps its receipt, once. */
  acceptTick(tick: Tick): Promise<{ accepted: boolean; reason: string | null }>;
  finishTick(receiptId: string, counts: Record<string, number>): Promise<void>;
  /** Ticks now: calls as many processors as what is due still needs. */
  tick(): Promise<void>;
  /** True where the request carries the project's secret key. */
  isService(request: Request): Promise<boolean>;
  /** Keeps the worker alive until the promise is settled. */
  waitUntil(work: Promise<unknown>): void;
  logger: Logger;
}

/** The processor's HTTP side: who may start a run, and how they are answered. */
export function createProcessorApp(options: ProcessorAppOptions): Hono {
  const app = new Hono({ strict: false });
  app.post('/processor', limitedBody, async (c) => {
    const tick = readTick(c.req.raw.headers);
    if (tick) return await answerTick(c, tick, options);
    if (!await options.isService(c.req.raw)) {
      throw unauthorized("Send the project's secret key in the header apikey, or a signed tick.");
    }
    return await answerService(c, options);
  });
  app.all('/processor', () => {
    throw new HttpProblem({
      status: 405,
      code: 'method_not_allowed',
      title: 'Method not allowed',
      detail: 'Start a run with POST.',
    }, { allow: 'POST' });
  });
  app.notFound(() =>
    problemResponse({
      status: 404,
      code: 'not_found',
      title: 'Not found',
      detail: 'The processor has one route: POST /processor.',
    })
  );
  app.onError((error) => toResponse(error, options.logger));
  return app;
}

/** A tick is answered at once; the run goes on behind the answer. */
async function answerTick(
  c: Context,
  tick: Tick,
  { acceptTick, waitUntil, ...options }: ProcessorAppOptions,
): Promise<Response> {
  await checkBody(c);
  const { accepted, reason } = await acceptTick(tick);
  if (reason === 'repeated') return c.json({ accepted, reason }, 200);
  if (!accepted) throw unauthorized(`The tick's signature does not count: ${reason}.`);
  waitUntil(runTick(tick, options));
  return c.json({ accepted, reason }, 202);
}

async function runTick(
  { receiptId }: Tick,
  options: Omit<ProcessorAppOptions, 'acceptTick' | 'isService' | 'waitUntil'>,
): Promise<void> {
  const { drain, finishTick, maxJobs, logger } = options;
  try {
    const result = await drain();
    await finishTick(receiptId, countsOf(result));
    if (result.totalJobs + result.skippedJobs >= maxJobs) await tickOn(options);
  } catch (error) {
    // The receipt stays open, and the next tick tries again.
    logger.error('a run failed', { receipt_id: receiptId, error: String(error) });
  }
}

/** A run that has used up its budget may leave due jobs, which need not wait for pg_cron. */
async function tickOn({ tick, logger }: Pick<ProcessorAppOptions, 'tick' | 'logger'>) {
  try {
    await tick();
  } catch (error) {
    logger.warn('the next run was not asked for', { error: String(error) });
  }
}

async function answerService(
  c: Context,
  { drain, waitUntil, logger }: ProcessorAppOptions,
): Promise<Response> {
  await checkBody(c);
  if (c.req.query('wait') === 'true') return c.json(await drain());
  waitUntil(drain().catch((error) => logger.error('a run failed', { error: String(error) })));
  return c.json({ accepted: true, reason: null }, 202);
}

/** Reads no more than the limit, whatever the caller says its length is. */
const limitedBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new HttpProblem({
      status: 413,
      code: 'body_too_large',
      title: 'Body too large',
      detail: 'Send an empty body or {}.',
    });
  },
});

/** The body carries nothing; one that is neither empty nor JSON comes from a caller in error. */
async function checkBody(c: Context): Promise<void> {
  const text = await c.req.text();
  if (text !== '' && !isJson(text)) {
    throw new HttpProblem({
      status: 400,
      code: 'malformed_json',
      title: 'Malformed JSON',
      detail: 'The body is not JSON: send an empty body or {}.',
    });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function countsOf(result: ProcessingResult): Record<string, number> {
  const { duration, totalJobs, successfulJobs, failedJobs, timedOutJobs } = result;
  const { retriedJobs, skippedJobs, errors } = result;
  return {
    duration,
    totalJobs,
    successfulJobs,
    failedJobs,
    timedOutJobs,
    retriedJobs,
    skippedJobs,
    errors: errors.length,
  };
}

function unauthorized(detail: string): HttpProblem {
  return new HttpProblem({ status: 401, code: 'unauthorized', title: 'Unauthorized', detail });
}

function toResponse(error: unknown, logger: Logger): Response {
  if (error instanceof HttpProblem) return problemResponse(error.problem, error.headers);
  logger.error('a request failed', { error: String(error) });
  if (error instanceof PuppetRetryError && error.code === 'database_unavailable') {
    return problemResponse({
      status: 503,
      code: 'database_unavailable',
      title: 'Database unavailable',
      detail: 'The database cannot be reached. Nothing is lost; try again later.',
    }, { 'retry-after': '10' });
  }
  return problemResponse({
    status: 500,
    code: 'internal_error',
    title: 'Internal error',
    detail: "The run could not be made; the function's log says why.",
  });
}
