/**
 * Postman collection (format v2.1.0): one folder per tag, the executed examples as requests. The answers of login and create fill the
 * variables that later requests use, so that the collection works from top to bottom.
 */
import type { OperationDefinition } from '../src/operation.ts';

type Json = Record<string, unknown>;
/** The gateway puts its own address in the place of this one. */
const placeholderUrl = 'http://127.0.0.1:3000';

export function buildPostmanCollection(operations: readonly OperationDefinition[]): Json {
  const variables = pathVariables(operations);
  const folders = Map.groupBy(operations, ({ tag }) => tag);
  return {
    info: {
      name: 'WAMessenger API',
      description: 'Register or log in first: the token is kept for the other requests.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: placeholderUrl },
      { key: 'token', value: '' },
      ...[...variables].map(([key, value]) => ({ key, value })),
    ],
    item: [...folders].map(([name, members]) => ({
      name,
      item: members.map((operation) => itemOf(operation, variables)),
    })),
  };
}

/** Path parameters of the whole API, with the value of the first example. */
function pathVariables(operations: readonly OperationDefinition[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { example } of operations)
    for (const [name, value] of Object.entries(example.params ?? {}))
      if (!variables.has(name)) variables.set(name, value);
  return variables;
}

function itemOf(operation: OperationDefinition, variables: ReadonlyMap<string, string>): Json {
  const { id, method, summary, description, auth, example, route } = operation;
  const kept = keptFields(operation, variables);
  return {
    id,
    name: summary,
    ...(kept.length === 0 ? {} : { event: [keepingScript(kept)] }),
    request: {
      method,
      ...(auth === 'public' ? { auth: { type: 'noauth' } } : {}),
      header: contentTypeOf(operation),
      url: urlOf(operation),
      ...(example.body === undefined
        ? {}
        : {
            body: {
              mode: 'raw',
              raw: JSON.stringify(example.body, null, 2),
              options: { raw: { language: 'json' } },
            },
          }),
      ...(route.via === 'upload'
        ? { body: { mode: 'raw', raw: route.example, options: { raw: { language: 'text' } } } }
        : {}),
      ...(description === undefined ? {} : { description }),
    },
    response: [],
  };
}

function contentTypeOf({ example, route }: OperationDefinition): Json[] {
  if (route.via === 'upload') return [{ key: 'Content-Type', value: route.contentTypes[0] }];
  return example.body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }];
}

function urlOf({ path, query, example }: OperationDefinition): Json {
  const params = Object.keys(example.params ?? {}).map((name) => ({ key: name, value: `{{${name}}}` }));
  const named = Object.entries(query?.properties ?? {}).map(([key, schema]) => ({
    key,
    value: String(example.query?.[key] ?? ''),
    // Shown, so that one sees what there is; sent only where the example has it.
    disabled: example.query?.[key] === undefined,
    ...('description' in schema ? { description: schema.description } : {}),
  }));
  const sent = named.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  return {
    raw: `{{baseUrl}}${path}${sent.length === 0 ? '' : `?${sent.join('&')}`}`,
    host: ['{{baseUrl}}'],
    path: path.slice(1).split('/'),
    ...(named.length === 0 ? {} : { query: named }),
    ...(params.length === 0 ? {} : { variable: params }),
  };
}

/** Fields of the answer that other requests need: the token, and ids of what the request made. */
function keptFields({ method, responses }: OperationDefinition, variables: ReadonlyMap<string, string>): string[] {
  if (method !== 'POST') return [];
  const fields = Object.values(responses).flatMap((schema) =>
    Object.keys((schema as { properties?: Json }).properties ?? {}),
  );
  return [...new Set(fields)].filter((field) => field === 'token' || variables.has(field));
}

const keepingScript = (fields: readonly string[]): Json => ({
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [
      'const answer = pm.response.json();',
      ...fields.map((field) => `if (answer.${field}) pm.collectionVariables.set('${field}', answer.${field});`),
    ],
  },
});
