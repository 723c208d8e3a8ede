import { z } from 'zod';
import { dataOf, send } from '../../shared/database_reply.ts';
import { createServiceClient, type ServiceClient } from '../../shared/service_client.ts';
import type { DeploySettings } from './settings.ts';

const healthSchema = z.object({
  checks: z.array(z.object({
    name: z.string(),
    ok: z.boolean(),
    text: z.string(),
    advice: z.string().nullable(),
  })),
});
const tickSchema = z.object({
  skipped: z.string().optional(),
  disarmed: z.string().nullish(),
  error: z.string().nullish(),
});

export type Check = z.infer<typeof healthSchema>['checks'][number];
export type Tick = z.infer<typeof tickSchema>;
export interface Receipt {
  id: string;
  started_at: string | null;
  finished_at: string | null;
}

/** The deployed project, as its service sees it. Methods throw PuppetRetryError, or what the processor answers. */
export class LiveProject {
  readonly #settings: DeploySettings;
  readonly #client: ServiceClient;

  constructor(settings: DeploySettings) {
    this.#settings = settings;
    const environment: Record<string, string> = {
      SUPABASE_URL: settings.url,
      SUPABASE_SECRET_KEY: settings.secretKey,
    };
    this.#client = createServiceClient((name) => environment[name]);
  }

  async checks(): Promise<Check[]> {
    const call = this.#client.rpc('get_health_details');
    return healthSchema.parse(dataOf(await send(call), 'get_health_details')).checks;
  }

  async arm(): Promise<void> {
    const call = this.#client.rpc('arm_ticks', { p_project_url: this.#settings.url });
    dataOf(await send(call), 'arm_ticks');
  }

  /** A tick that calls the processor even with nothing due. */
  async tick(): Promise<Tick> {
    const call = this.#client.rpc('tick_retry_processor', { p_force: true });
    return tickSchema.parse(dataOf(await send(call), 'tick_retry_processor'));
  }

  /** The newest receipts first. */
  async receipts(): Promise<Receipt[]> {
    const call = this.#client.from('puppet_tick_receipts').select('id, started_at, finished_at')
      .is('error', null).order('created_at', { ascending: false }).limit(20);
    return z.array(z.custom<Receipt>()).parse(dataOf(await send(call), 'puppet_tick_receipts'));
  }

  /** Runs the processor once, so that the database knows what it can run. */
  async run(): Promise<void> {
    const url = `${this.#settings.url}/functions/v1/processor?wait=true`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { apikey: this.#settings.secretKey },
      signal: AbortSignal.timeout(150_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${url} answers ${response.status}: ${text}`);
  }
}
