/** OpenAPI 3.1 from the operation list. */
import answers from '../examples/answers.golden.json' with { type: 'json' };
import { errorCatalogue } from '../src/errors/catalogue.ts';
import { ErrorBody } from '../src/errors/error-body.ts';
import { errorsOf } from '../src/errors/errors-of.ts';
import { idempotencyKeyHeader, idempotentReplayedHeader } from '../src/idempotency.ts';
import { type OperationDefinition, type OperationRoute, takesIdempotencyKey } from '../src/operation.ts';
import { staleAnswerHeader } from '../src/stale-answer.ts';
import { codeSamplesOf } from './code-samples.ts';
import { ComponentRegistry, requiredOf } from './document-schema.ts';
import { apiIntroduction, tagIntroductions } from './introductions.ts';

const statusTexts: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function parametersOf(operation: OperationDefinition, registry: ComponentRegistry): unknown[] {
  const { params, query, example } = operation;
  const from = (
    place: 'path' | 'query',
    schema: OperationDefinition['params'],
    examples: Record<string, unknown> = {},
  ) =>
    Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
      name,
      in: place,
      required: place === 'path' || requiredOf(schema).includes(name),
      schema: registry.toDocument(property),
      ...(examples[name] === undefined ? {} : { example: examples[name] }),
    }));
  const { name, description, schema } = idempotencyKeyHeader;
  const headers = takesIdempotencyKey(operation)
    ? [{ name, in: 'header', required: false, description, schema: registry.toDocument(schema) }]
    : [];
  return [...from('path', params, example.params), ...from('query', query, example.query), ...headers];
}

/** What an answer may carry besides its body. */
function headersOf(operation: OperationDefinition, registry: ComponentRegistry): { headers?: Record<string, unknown> } {
  const { route } = operation;
  const headers = [
    ...(takesIdempotencyKey(operation) ? [idempotentReplayedHeader] : []),
    ...('service' in route && route.service === 'analytics' ? [staleAnswerHeader] : []),
  ].map(({ name, description, schema }) => [name, { description, schema: registry.toDocument(schema) }]);
  return headers.length === 0 ? {} : { headers: Object.fromEntries(headers) };
}

/** What a caller may present. An API key also goes as the bearer token. */
function securityOf({ auth, usersOnly }: OperationDefinition): unknown[] {
  if (auth === 'public') return [];
  return usersOnly ? [{ bearer: [] }] : [{ bearer: [] }, { apiKey: [] }];
}

/** As a running platform answered to the operation's example; see e2e/code-samples. */
const exampleAnswers: Readonly<Record<string, { status: number; body: unknown } | undefined>> = answers;

function responsesOf(operation: OperationDefinition, registry: ComponentRegistry): Record<string, unknown> {
  const recorded = exampleAnswers[operation.id];
  const responses: Record<string, unknown> = {};
  for (const [status, schema] of Object.entries(operation.responses)) {
    responses[status] = {
      description: statusTexts[Number(status)],
      ...headersOf(operation, registry),
      content: {
        [operation.route.via === 'download' ? operation.route.contentType : 'application/json']: {
          schema: registry.toDocument(schema),
          ...(recorded?.status === Number(status) ? { example: recorded.body } : {}),
        },
      },
    };
  }
  const byStatus = Map.groupBy(errorsOf(operation), (code) => errorCatalogue[code].status);
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].message}`).join('\n\n'),
      content: { 'application/json': { schema: registry.toDocument(ErrorBody) } },
    };
  }
  return responses;
}

function uploadBody({ contentTypes, example }: Extract<OperationRoute, { via: 'upload' }>): Record<string, unknown> {
  const content = contentTypes.map((type, i) => [
    type,
    { schema: { type: 'string' }, ...(i === 0 ? { example } : {}) },
  ]);
  return { required: true, content: Object.fromEntries(content) };
}

export function buildOpenApi(operations: readonly OperationDefinition[], version: string): Record<string, unknown> {
  const registry = new ComponentRegistry();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    const parameters = parametersOf(operation, registry);
    paths[path][operation.method.toLowerCase()] = {
      operationId: operation.id,
      tags: [operation.tag],
      summary: operation.summary,
      ...(operation.description === undefined ? {} : { description: operation.description }),
      security: securityOf(operation),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(operation.route.via === 'upload' ? { requestBody: uploadBody(operation.route) } : {}),
      ...(operation.body
        ? {
            requestBody: {
              required: requiredOf(operation.body).length > 0,
              content: {
                'application/json': {
                  schema: registry.toDocument(operation.body),
                  ...(operation.example.body === undefined ? {} : { example: operation.example.body }),
                },
              },
            },
          }
        : {}),
      responses: responsesOf(operation, registry),
      'x-codeSamples': codeSamplesOf(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'WAMessenger API',
      version,
      description: apiIntroduction,
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map((o) => o.tag))].map((name) => ({
      name,
      description: tagIntroductions[name],
    })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token that register and login answer with, or an API key',
        },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key of the account' },
      },
      schemas: registry.schemas,
    },
  };
}
