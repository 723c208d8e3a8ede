import { Webhook } from 'standardwebhooks';
import type { ClaimedJob } from './claimed_job.ts';
import { checkEndpointUrl, EndpointRefused, type ResolveHost } from './endpoint_address.ts';
import { classifyError, type ErrorType } from './error_classification.ts';

/** Largest result that an endpoint may return, in bytes of its JSON. */
const MAX_RESULT_BYTES = 64 * 1024;
/** How much of a refusal is read (bytes), and how much of that is told (characters). */
const MAX_REFUSAL_BYTES = 4096;
const MAX_REFUSAL_CHARACTERS = 500;
/** How much of an answer is read at once, in bytes. */
const PART_BYTES = 4096;
/** How long the body of an answer may take, in ms, once its status is known. */
const MAX_BODY_MS = 5000;

/** How a job is delivered. */
export interface DeliveryOptions {
  /** Standard Webhooks secrets (`whsec_…`): the current one, and the former during a rotation; none leaves the call unsigned. */
  secrets: readonly string[];
  /** Aborts the call: the attempt's deadline, a cancellation or a shutdown. */
  signal: AbortSignal;
  /** Hosts for which http and private addresses are fine, as in PUPPET_ALLOWED_ENDPOINT_HOSTS. */
  allowedHosts: readonly string[];
  /** Called when the endpoint has answered 2xx: the job is done, only its result is still to come. */
  onAccepted?: () => void;
  /** Defaults to the system's resolver. */
  resolve?: ResolveHost;
}

interface FailureFacts {
  status?: number;
  headers?: Headers;
  errorType?: ErrorType;
  code?: string;
}

/** An endpoint that could not be reached or did not answer 2xx, with what `classifyError` needs to know. */
export class DeliveryFailed extends Error {
  override name = 'DeliveryFailed';
  constructor(message: string, facts: FailureFacts) {
    super(message);
    Object.assign(this, facts);
  }
}

/**
 * Posts a claimed job to its endpoint and returns the JSON of a 2xx answer, undefined when that is not
 * JSON or over 64 kB; throws DeliveryFailed, EndpointRefused or the signal's reason.
 */
export async function deliverJob(job: ClaimedJob, options: DeliveryOptions): Promise<unknown> {
  const { signal, secrets } = options;
  signal.throwIfAborted();
  const url = await unlessAborted(checkEndpointUrl(endpointOf(job), options), signal);
  url.hash = '';
  const body = JSON.stringify(payloadOf(job));
  const headers = deliveryHeaders(job, body, secrets);
  const request = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
  const response = await fetch(url, request).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unreachable(error, url, secrets);
  });
  if (!response.ok) return await refuse(response, secrets);
  options.onAccepted?.();
  return await readResult(response);
}

function endpointOf(job: ClaimedJob): string {
  if (job.endpoint_url) return job.endpoint_url;
  throw new EndpointRefused(`Cannot deliver: 'endpoint_url' of type ${job.job_type} is not set`);
}

// Named one by one, so that what a claim learns to carry later is not sent out by accident.
function payloadOf(job: ClaimedJob): Omit<ClaimedJob, 'lease_token' | 'endpoint_url'> {
  return {
    job_id: job.job_id,
    user_id: job.user_id,
    job_type: job.job_type,
    job_config: job.job_config,
    priority: job.priority,
    attempt_number: job.attempt_number,
    is_retry: job.is_retry,
    retry_count: job.retry_count,
    max_retries: job.max_retries,
    timeout_seconds: job.timeout_seconds,
    lease_expires_at: job.lease_expires_at,
    deadline_at: job.deadline_at,
  };
}

function deliveryHeaders(job: ClaimedJob, body: string, secrets: readonly string[]): Headers {
  const now = new Date();
  const headers = new Headers({
    'content-type': 'application/json',
    // Deno's fetch sends a POST again when a kept connection breaks before the answer: a second
    // delivery of the same attempt. A connection of its own is never kept.
    'connection': 'close',
    'user-agent': 'puppet-retry',
    'puppet-attempt': String(job.attempt_number),
    'webhook-id': job.job_id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
  });
  if (secrets.length > 2) {
    throw badSecret('Cannot deliver: at most two signing secrets can be valid');
  }
  const signatures = secrets.map((secret) => sign(secret, job.job_id, now, body));
  if (signatures.length > 0) headers.set('webhook-signature', signatures.join(' '));
  return headers;
}

function sign(secret: string, id: string, now: Date, body: string): string {
  try {
    return new Webhook(secret.trim()).sign(id, now, body);
  } catch {
    // The library's own error may quote the secret.
    throw badSecret('Cannot deliver: the signing secret must be base64, with or without whsec_');
  }
}

/** A person mends it, so the job is retried until then. */
function badSecret(message: string): DeliveryFailed {
  return new DeliveryFailed(message, { errorType: 'temporary_error' });
}

function unreachable(error: unknown, url: URL, secrets: readonly string[]): DeliveryFailed {
  const found = classifyError(error);
  if (found.kind !== 'error') return new DeliveryFailed(`Cannot reach ${url.host}`, {});
  const { errorType, code, message } = found;
  // Deno's messages quote the whole URL, and owners who see them may not know its path or query.
  const told = message.replaceAll(url.href, url.origin);
  return new DeliveryFailed(hideSecrets(`Cannot reach ${url.host}: ${told}`, secrets), {
    errorType,
    ...(code === undefined ? {} : { code }),
  });
}

async function readResult(response: Response): Promise<unknown> {
  try {
    const bytes = await readUpTo(response, MAX_RESULT_BYTES + 1);
    if (bytes.length > MAX_RESULT_BYTES) return undefined;
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Not JSON, or cut off: the endpoint has said 2xx, and doing its work twice would be worse.
    return undefined;
  }
}

async function refuse(response: Response, secrets: readonly string[]): Promise<never> {
  const { status, headers } = response;
  const bytes = await readUpTo(response, MAX_REFUSAL_BYTES).catch(() => new Uint8Array());
  const body = new TextDecoder().decode(bytes).trim();
  const reason = status === 410 ? 'Gone' : response.statusText;
  const isRedirect = status >= 300 && status < 400;
  const told = isRedirect ? 'redirects are not followed, set the final address' : body;
  // Hidden before it is cut, since half a secret would not be found.
  const text = hideSecrets(told, secrets).slice(0, MAX_REFUSAL_CHARACTERS);
  const line = hideSecrets(`${status} ${reason}`.trim(), secrets);
  throw new DeliveryFailed(text === '' ? line : `${line}: ${text}`, { status, headers });
}

function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.map((secret) => secret.trim().replace(/^whsec_/, '')).filter((secret) => secret)
    .reduce((hidden, secret) => hidden.replaceAll(secret, '[secret]'), text);
}

// Into small buffers of our own: a default reader takes a new one of 64 kB for each read, which made
// 20 deliveries at once hold 70 MB of garbage.
// The reader's cancel also lets go of what was not read, or the connection would stay open.
async function readUpTo(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader({ mode: 'byob' });
  const parts: Uint8Array[] = [];
  let length = 0;
  const tooLong = setTimeout(() => reader?.cancel().catch(() => {}), MAX_BODY_MS);
  try {
    while (reader && length < maxBytes) {
      const buffer = new Uint8Array(Math.min(PART_BYTES, maxBytes - length));
      const { done, value } = await reader.read(buffer);
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    return joined(parts, length);
  } finally {
    clearTimeout(tooLong);
    await reader?.cancel().catch(() => {});
  }
}

function joined(parts: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
