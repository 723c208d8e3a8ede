import { readEnvironment } from '../../shared/environment.ts';
import { consoleLogger } from '../../shared/logger.ts';
import type { ServiceClient } from '../../shared/service_client.ts';
import { createApi } from './app.ts';
import { createIdentify } from './caller.ts';
import { clientOfService } from './database_clients.ts';

/** Made on the first request, so that importing this file reads nothing of the database. */
let client: ServiceClient | undefined;
const serviceClient = () => client ??= clientOfService();

const app = createApi({
  identify: createIdentify(serviceClient),
  serviceClient,
  corsOrigins: () => readEnvironment('PUPPET_CORS_ORIGINS') ?? '*',
  logger: consoleLogger,
});

export default { fetch: app.fetch };
