import type { DatabaseClient } from '../database_client.ts';
import { CUSTOM_TYPE } from './jobs.ts';

/** Types whose deliveries are signed. */
export const SIGNED_TYPES = ['email_campaign', CUSTOM_TYPE];

const SECRET_NAME = 'demo_signing_secret';

// Hours become seconds. How often and on which errors a type is retried stays as installed.
const SHORT_WAITS = {
  data_enrichment: { base: 1, max: 2, timeout: 1 },
  email_campaign: { base: 1, max: 4, timeout: 1 },
  linkedin_outreach: { base: 2, max: 8, timeout: 2 },
  default: { base: 1, max: 4, timeout: 2 },
};

/** Makes the waits short and gives every type its endpoint; `secret` (whsec_…) signs some of them. */
export async function applyPolicies(
  sql: DatabaseClient,
  endpointOf: (jobType: string) => string,
  secret: string,
): Promise<void> {
  await sql`select vault.create_secret(${secret}, ${SECRET_NAME}, 'signs deliveries of the demo')`;
  for (const [jobType, { base, max, timeout }] of Object.entries(SHORT_WAITS)) {
    await sql`
      update puppet_job_retry_config
      set base_delay_seconds = ${base},
        max_delay_seconds = ${max},
        max_jitter_seconds = 1,
        timeout_seconds = ${timeout},
        endpoint_url = ${endpointOf(jobType)},
        signing_secret_name = ${secretNameOf(jobType)}
      where job_type = ${jobType}
    `;
  }
  await sql`
    insert into puppet_job_retry_config (
      job_type, delay_schedule_seconds, max_jitter_seconds, timeout_seconds,
      endpoint_url, signing_secret_name, description
    )
    values (
      ${CUSTOM_TYPE}, '{1,1,2,2,3}', 1, 1,
      ${endpointOf(CUSTOM_TYPE)}, ${
    secretNameOf(CUSTOM_TYPE)
  }, 'A type of your own, with a list of waits.'
    )
  `;
}

function secretNameOf(jobType: string): string | null {
  return SIGNED_TYPES.includes(jobType) ? SECRET_NAME : null;
}
