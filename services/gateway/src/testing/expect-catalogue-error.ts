import { ErrorBody, errorCatalogue, isErrorCode } from '@wam/contracts';
import { Value } from 'typebox/value';
import { expect } from 'vitest';
import type { Answer } from './call.ts';

/** A failed answer is one of the catalogue, in its shape and with its status. */
export function expectCatalogueError({ status, headers, body }: Answer): void {
  if (!isErrorCode(String(body.code))) throw new Error(`not from the catalogue: ${JSON.stringify(body)}`);
  const { error, status: expected } = errorCatalogue[body.code as keyof typeof errorCatalogue];
  expect({ status, error: body.error, requestId: body.requestId }).toEqual({
    status: expected,
    error,
    requestId: headers.get('x-request-id'),
  });
  if (!Value.Check(ErrorBody, body)) throw new Error(`not in the catalogue's shape: ${JSON.stringify(body)}`);
  expect(body.docUrl).toMatch(/^http.*\/docs\/errors\/[A-Z_]+$/);
}
