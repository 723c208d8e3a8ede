import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from './api_env.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Puppet Retry',
    version: '1.0.0',
    description: 'Jobs, their retries, and what became of them. Errors are problem+json.',
  },
  // Where functions are served, seen from the document's own address.
  servers: [{ url: '/functions/v1' }],
};

type App = OpenAPIHono<ApiEnv, Record<never, never>, '/api'>;

/** Serves the description of all routes, open to everybody. */
export function serveDocument(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'userToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "A signed-in user's token: sees and changes what is theirs.",
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'secretKey', {
    type: 'apiKey',
    in: 'header',
    name: 'apikey',
    description: "The project's secret key: sees and changes everything.",
  });
  // Made at the first request: the routes are added after this, and making it costs some 40 ms.
  let document: ReturnType<App['getOpenAPI31Document']> | undefined;
  app.get('/openapi.json', (c) => c.json(document ??= app.getOpenAPI31Document(DOCUMENT)));
}
