import { PostmanValidator } from '@har-sdk/validator';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { operationList } from '../src/registry.ts';
import { buildPostmanCollection } from './postman.ts';

/** The part of the collection format v2.1.0 that is used, closed: a field that is not in the format is a mistake. */
const closed = { additionalProperties: false };
const Pair = Type.Object(
  {
    key: Type.String(),
    value: Type.String(),
    type: Type.Optional(Type.String()),
    disabled: Type.Optional(Type.Boolean()),
    description: Type.Optional(Type.String()),
  },
  closed,
);
const Url = Type.Object(
  {
    raw: Type.String(),
    host: Type.Array(Type.String()),
    path: Type.Array(Type.String()),
    query: Type.Optional(Type.Array(Pair)),
    variable: Type.Optional(Type.Array(Pair)),
  },
  closed,
);
const Body = Type.Object(
  {
    mode: Type.Literal('raw'),
    raw: Type.String(),
    options: Type.Object({ raw: Type.Object({ language: Type.Enum(['json', 'text']) }, closed) }, closed),
  },
  closed,
);
const Request = Type.Object(
  {
    method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    auth: Type.Optional(Type.Object({ type: Type.Literal('noauth') }, closed)),
    header: Type.Array(Pair),
    url: Url,
    body: Type.Optional(Body),
    description: Type.Optional(Type.String()),
  },
  closed,
);
const Event = Type.Object(
  {
    listen: Type.Enum(['test', 'prerequest']),
    script: Type.Object({ type: Type.String(), exec: Type.Array(Type.String()) }, closed),
  },
  closed,
);
const Item = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    event: Type.Optional(Type.Array(Event)),
    request: Request,
    response: Type.Array(Type.Unknown()),
  },
  closed,
);
const Collection = Type.Object(
  {
    info: Type.Object({ name: Type.String(), description: Type.String(), schema: Type.String() }, closed),
    auth: Type.Object({ type: Type.Literal('bearer'), bearer: Type.Array(Pair) }, closed),
    variable: Type.Array(Pair),
    item: Type.Array(Type.Object({ name: Type.String(), item: Type.Array(Item) }, closed)),
  },
  closed,
);

const collection = Value.Parse(Collection, buildPostmanCollection(operationList));
const items = collection.item.flatMap(({ item }) => item);
const variables = new Set(collection.variable.map(({ key }) => key));

describe('the Postman collection', () => {
  it('is one in the eyes of the published schema of the format', async () => {
    const document = buildPostmanCollection(operationList) as unknown as Parameters<PostmanValidator['verify']>[0];
    const validator = new PostmanValidator();
    expect(await validator.verify(document)).toEqual([]);
    const broken = { ...document, item: [{ name: 'no request', request: { method: 1 } }] };
    expect(await validator.verify(broken as unknown as typeof document)).not.toEqual([]);
  });

  it('has every operation once', () => {
    expect(items.map(({ id }) => id).toSorted()).toEqual(operationList.map(({ id }) => id).toSorted());
  });

  it('uses no variable that it does not define', () => {
    for (const [, name] of JSON.stringify(items).matchAll(/\{\{(\w+)\}\}/g)) expect(variables).toContain(name);
  });

  it('sends the bodies of the examples, and no token where none is needed', () => {
    for (const operation of operationList) {
      const { request } = items.find(({ id }) => id === operation.id)!;
      const { route, example } = operation;
      if (route.via === 'upload') expect(request.body?.raw, operation.id).toBe(route.example);
      else expect(request.body && JSON.parse(request.body.raw), operation.id).toEqual(example.body);
      expect(request.auth?.type === 'noauth', operation.id).toBe(operation.auth === 'public');
    }
  });

  it('keeps the token of a login and the ids of what it makes for the requests after it', () => {
    const scriptOf = (wanted: string) => items.find(({ id }) => id === wanted)?.event?.[0]?.script.exec.join('\n');
    expect(scriptOf('login')).toContain("set('token', answer.token)");
    expect(scriptOf('createSession')).toContain("set('sessionId', answer.sessionId)");
    expect(scriptOf('listSessions')).toBeUndefined();
  });
});
