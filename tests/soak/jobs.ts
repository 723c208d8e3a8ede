import type { DatabaseClient } from '../../supabase/local/database_client.ts';

/** The job type that a handler runs, and the one that is delivered to an endpoint. */
export const HANDLED = 'soak_handled';
export const DELIVERED = 'soak_delivered';

/** Waits of seconds, so that retries run within the soak. */
const POLICY = {
  max_retries: 5,
  base_delay_seconds: 1,
  backoff_multiplier: 1.5,
  max_delay_seconds: 10,
  jitter_strategy: 'full',
  timeout_seconds: 10,
};

/** Makes the policies of both types; deliveries go to `endpointUrl`, signed. */
export async function applyPolicies(sql: DatabaseClient, endpointUrl: string): Promise<void> {
  const policies = [
    { job_type: HANDLED, endpoint_url: null, signing_secret_name: null, ...POLICY },
    {
      job_type: DELIVERED,
      endpoint_url: endpointUrl,
      signing_secret_name: 'soak_signing_secret',
      ...POLICY,
    },
  ];
  await sql`
    select vault.create_secret(
      'whsec_' || encode(extensions.gen_random_bytes(32), 'base64'), 'soak_signing_secret')
  `;
  await sql`insert into public.puppet_job_retry_config ${sql(policies)}`;
}
