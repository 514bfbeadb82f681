import type { OperationDefinition } from '@wam/contracts';
import { isErrorCode } from '@wam/contracts';
import asyncapi from '@wam/contracts/spec/asyncapi.json' with { type: 'json' };
import openapi from '@wam/contracts/spec/openapi.json' with { type: 'json' };
import postman from '@wam/contracts/spec/postman.json' with { type: 'json' };
import type { FastifyInstance, FastifyReply } from 'fastify';
import { registerApiReference } from '../docs/api-reference.ts';
import { errorIndex, errorPage } from '../docs/error-pages.ts';
import { plainPagePolicy } from '../docs/html-page.ts';
import { ApiError } from './api-error.ts';

export interface DocumentDeps {
  operations: readonly OperationDefinition[];
  /** As it is, read per answer: the port is known only once the server listens. */
  publicUrl: () => string;
}

/** The descriptions of the API, open to everyone. Serialised once. */
export function registerDocuments(app: FastifyInstance, { operations, publicUrl }: DocumentDeps): void {
  const documents = {
    '/openapi.json': JSON.stringify(openapi),
    '/asyncapi.json': JSON.stringify(asyncapi),
    '/postman.json': JSON.stringify(postman),
  };
  for (const [url, json] of Object.entries(documents))
    app.get(url, (_request, reply) =>
      reply
        .header('cache-control', 'no-cache')
        // Tools in a browser, such as an API reference elsewhere, may read what is public anyway.
        .header('access-control-allow-origin', '*')
        .type('application/json; charset=utf-8')
        // The collection names the address it is for; the others are relative to where they are.
        .send(url === '/postman.json' ? json.replace('http://127.0.0.1:3000', publicUrl()) : json),
    );
  registerApiReference(app);
  registerErrorPages(app, operations);
}

function registerErrorPages(app: FastifyInstance, operations: readonly OperationDefinition[]): void {
  const index = errorIndex();
  app.get('/docs/errors', (_request, reply) => sendPage(reply, index));
  app.get<{ Params: { code: string } }>('/docs/errors/:code', (request, reply) => {
    const { code } = request.params;
    if (!isErrorCode(code)) throw new ApiError('ROUTE_NOT_FOUND');
    return sendPage(reply, errorPage(code, operations));
  });
}

const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .header('cache-control', 'no-cache')
    .header('content-security-policy', plainPagePolicy)
    .type('text/html; charset=utf-8')
    .send(html);
