import { Validator } from '@seriousme/openapi-schema-validator';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { tagIntroductions } from '../scripts/introductions.ts';
import { buildOpenApi } from '../scripts/openapi.ts';
import { errorCatalogue } from './errors/catalogue.ts';
import { errorsOf } from './errors/errors-of.ts';
import { takesIdempotencyKey } from './operation.ts';
import { commandSchemas, operationList, operations } from './registry.ts';

describe('operations', () => {
  it('form a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(buildOpenApi(operationList, '0.0.0'));
    expect(result).toMatchObject({ valid: true });
  });

  it('are introduced by their tag in the API reference', () => {
    expect(Object.keys(tagIntroductions).toSorted()).toEqual(
      [...new Set(operationList.map(({ tag }) => tag))].toSorted(),
    );
  });

  it('are listed under their own id, each with its own method and path', () => {
    for (const [key, operation] of Object.entries(operations)) expect(operation.id).toBe(key);
    const routes = operationList.map((o) => `${o.method} ${o.path}`);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it('have examples that their own schemas accept', () => {
    for (const operation of operationList) {
      for (const place of ['params', 'query', 'body'] as const) {
        const schema = operation[place];
        const example = operation.example[place];
        if (schema === undefined) expect(example, `${operation.id}.${place}`).toBeUndefined();
        else if (example !== undefined)
          expect([...Value.Errors(schema, example)], `${operation.id}.${place}`).toEqual([]);
      }
    }
  });

  it('refuse unknown fields in every body and query', () => {
    for (const operation of operationList) {
      for (const place of ['body', 'query'] as const) {
        const schema = operation[place];
        if (schema) expect(schema, `${operation.id}.${place}`).toMatchObject({ additionalProperties: false });
      }
    }
  });

  it('take an Idempotency-Key when they are a POST of an account, or say why not', () => {
    const keyless = operationList.filter((o) => o.method === 'POST' && o.auth === 'account' && !takesIdempotencyKey(o));
    expect(keyless.map(({ id }) => id)).toEqual([
      'changePassword',
      'requestPairingCode',
      'uploadRecipients',
      'importSuppressions',
      'createEventsTicket',
    ]);
    for (const operation of operationList)
      if (operation.noIdempotencyKey !== undefined) {
        expect(keyless, operation.id).toContain(operation);
        expect(operation.noIdempotencyKey, operation.id).toMatch(/^[A-Z].{20,}\.$/);
      }
  });

  it('name only commands that exist', () => {
    for (const { route } of operationList) {
      if (route.via === 'command') expect(Object.keys(commandSchemas)).toContain(route.command);
    }
  });

  it('answer only with errors that have an HTTP status', () => {
    for (const operation of operationList) {
      for (const code of errorsOf(operation))
        expect(errorCatalogue[code].status, `${operation.id} ${code}`).toBeGreaterThan(0);
    }
  });
});

describe('error catalogue', () => {
  it('says what, why and what to do for each code', () => {
    for (const [code, entry] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[A-Z][A-Z_]+$/);
      for (const text of [entry.error, entry.message, entry.cause, entry.fix])
        expect(text.length, code).toBeGreaterThan(5);
    }
  });
});
