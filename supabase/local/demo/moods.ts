import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Step } from './jobs.ts';

// Longer than every timeout of the demo's policies.
const HANG_MS = 10_000;
const RETRY_AFTER_SECONDS = 2;

const REFUSALS = {
  '401': 'the API key has expired',
  '403': 'this account may not do that',
  '422': 'the field email is not an address',
  '429': 'too many requests',
  '500': 'something went wrong',
  '503': 'down for maintenance',
};

/** Answers a request as the step says, or not at all. */
export function play(step: Step, request: IncomingMessage, response: ServerResponse): void {
  switch (step) {
    case 'ok':
      return answer(response);
    case 'slow':
      return answerLater(response, 300 + Math.random() * 300);
    case 'hang':
      return answerLater(response, HANG_MS);
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case '429':
      response.setHeader('retry-after', RETRY_AFTER_SECONDS);
      return refuse(response, 429, REFUSALS[step]);
    default:
      return refuse(response, Number(step), REFUSALS[step]);
  }
}

/** Ends a request by a status and a reason. */
export function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(reason);
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"done":true}');
}

/** Drops the answer when the caller has hung up by then. */
function answerLater(response: ServerResponse, ms: number): void {
  const timer = setTimeout(() => answer(response), ms);
  response.once('close', () => clearTimeout(timer));
}
