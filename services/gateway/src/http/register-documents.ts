import asyncapi from '@wam/contracts/spec/asyncapi.json' with { type: 'json' };
import openapi from '@wam/contracts/spec/openapi.json' with { type: 'json' };
import type { FastifyInstance } from 'fastify';
import { errorPage } from './error-page.ts';

/** The descriptions of the API, open to everyone. Serialised once. */
export function registerDocuments(app: FastifyInstance): void {
  const documents = { '/openapi.json': JSON.stringify(openapi), '/asyncapi.json': JSON.stringify(asyncapi) };
  for (const [url, json] of Object.entries(documents))
    app.get(url, (_request, reply) =>
      reply
        .header('cache-control', 'no-cache')
        // Tools in a browser, such as an API reference elsewhere, may read what is public anyway.
        .header('access-control-allow-origin', '*')
        .type('application/json; charset=utf-8')
        .send(json),
    );
  const { html, securityPolicy } = errorPage();
  app.get('/docs/errors', (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', securityPolicy)
      .type('text/html; charset=utf-8')
      .send(html),
  );
}
