import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { CUSTOM_TYPE, type Step } from './jobs.ts';
import { play, refuse } from './moods.ts';

/** One delivery as the target saw it. */
export interface Delivery {
  jobId: string;
  attempt: number;
}

/** What the target has seen so far. */
export interface Ledger {
  readonly deliveries: Delivery[];
  /** Deliveries whose signature was right, and wrong; of types that sign. */
  readonly signatures: { right: number; wrong: number };
}

/** The API that the demo's jobs call, with the moods of a real one. */
export interface Target extends Ledger {
  endpointOf(jobType: string): string;
  /** Opens the door of the custom type, which refuses connections until then. */
  openLateDoor(): Promise<void>;
  stop(): void;
}

export interface TargetOptions {
  /** The secret (whsec_…) of the types in `signedTypes`. */
  secret: string;
  signedTypes: string[];
}

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const bodySchema = z.object({
  job_id: z.string(),
  job_config: z.object({ script: z.array(z.custom<Step>()).min(1) }),
});

/** Starts the target on two free ports; the second one is closed at first. */
export async function startTarget(options: TargetOptions): Promise<Target> {
  const ledger: Ledger = { deliveries: [], signatures: { right: 0, wrong: 0 } };
  const serve = serveJobs(ledger, options);
  const main = await listen(serve, 0);
  const latePort = await freePort(serve);
  let late: Server | undefined;
  return {
    ...ledger,
    endpointOf: (jobType) =>
      `http://127.0.0.1:${jobType === CUSTOM_TYPE ? latePort : portOf(main)}/${jobType}`,
    async openLateDoor() {
      late = await listen(serve, latePort);
    },
    stop() {
      for (const server of [main, late]) {
        server?.close();
        server?.closeAllConnections();
      }
    },
  };
}

function serveJobs({ deliveries, signatures }: Ledger, options: TargetOptions): Serve {
  const nextStep = scriptReader();
  return async (request, response) => {
    const text = await readText(request);
    const { job_id: jobId, job_config: { script } } = bodySchema.parse(JSON.parse(text));
    const delivery = { jobId, attempt: Number(request.headers['puppet-attempt']) };
    deliveries.push(delivery);
    if (options.signedTypes.some((jobType) => request.url === `/${jobType}`)) {
      const right = isSigned(options.secret, text, request);
      signatures[right ? 'right' : 'wrong']++;
      if (!right) return refuse(response, 401, 'the signature is wrong');
    }
    play(nextStep(delivery, script), request, response);
  };
}

/** Finds the step whose turn it is: one per attempt that came through, and the same for one that comes twice. */
function scriptReader(): (delivery: Delivery, script: Step[]) => Step {
  const reached = new Map<string, number[]>();
  return ({ jobId, attempt }, script) => {
    const attempts = reached.get(jobId) ?? [];
    if (!attempts.includes(attempt)) attempts.push(attempt);
    reached.set(jobId, attempts);
    return script[attempts.indexOf(attempt)] ?? script.at(-1) ?? 'ok';
  };
}

async function listen(serve: Serve, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(port, '127.0.0.1', listening.resolve);
  await listening.promise;
  return server;
}

/** Listens for a moment, to learn of a port that nobody has. */
async function freePort(serve: Serve): Promise<number> {
  const server = await listen(serve, 0);
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The target has no port');
  return address.port;
}

async function readText(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function isSigned(secret: string, text: string, { headers }: IncomingMessage): boolean {
  const given = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  try {
    new Webhook(secret).verify(text, Object.fromEntries(given));
    return true;
  } catch {
    return false;
  }
}
