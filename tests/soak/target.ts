import { z } from 'zod';

/** The endpoint that jobs are delivered to. */
export interface Target extends AsyncDisposable {
  readonly url: string;
}

const bodySchema = z.object({ job_config: z.object({ fail_share: z.number() }) });

/** Starts it on 127.0.0.1; it answers when it was called (ms since 1970), or 503 as often as the job says. */
export function startTarget(): Target {
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen() {} }, async (request) => {
    const started_at = Date.now();
    const { job_config } = bodySchema.parse(await request.json());
    return Math.random() < job_config.fail_share
      ? new Response('busy', { status: 503 })
      : Response.json({ started_at });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
