import { ErrorBody, errorCatalogue, errorCodes } from '@wam/contracts';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { ApiError } from './api-error.ts';
import { answerError } from './error-answer.ts';

const context = { requestId: 'req_1', publicUrl: 'https://api.example.com' };

test.each(errorCodes)('%s has the status and words of the catalogue', (code) => {
  const { status, body } = answerError(new ApiError(code), context);
  expect(Value.Check(ErrorBody, body)).toBe(true);
  expect(status).toBe(errorCatalogue[code].status || 409);
  expect(body).toEqual({
    error: errorCatalogue[code].error,
    message: errorCatalogue[code].message,
    code,
    requestId: 'req_1',
    docUrl: `https://api.example.com/docs/errors/${code}`,
  });
});

test('what a rejection says replaces the words, never the title', () => {
  const { body } = answerError({ code: 'NOT_ON_WHATSAPP', message: 'm', param: 'to', details: { a: 1 } }, context);
  expect(body).toMatchObject({ error: 'Number not on WhatsApp', message: 'm', param: 'to', details: { a: 1 } });
});

test.each([
  ['an error nobody foresaw', new TypeError('password=hunter2 at /srv/app.js:1')],
  ['a database error', Object.assign(new Error('duplicate key'), { code: '23505' })],
  ['a Fastify defect', Object.assign(new Error('x'), { code: 'FST_ERR_SOMETHING', statusCode: 500 })],
  ['a code that is not in the catalogue', { code: 'toString', message: 'secret' }],
  ['nothing', undefined],
])('%s is an internal error that tells nothing', (_title, cause) => {
  const { status, body } = answerError(cause, context);
  expect({ status, ...body }).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
  expect(JSON.stringify(body)).not.toMatch(/hunter2|duplicate|secret|\.js/);
});

test('an unforeseen refusal of Fastify is the caller’s fault', () => {
  const cause = Object.assign(new Error('x'), { code: 'FST_ERR_ANYTHING', statusCode: 418 });
  expect(answerError(cause, context).body.code).toBe('BAD_REQUEST');
});

test('429 and 503 say when to come back', () => {
  expect(answerError({ code: 'SERVICE_UNAVAILABLE' }, context).headers).toEqual({ 'retry-after': '1' });
  expect(answerError({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 1.2 } }, context).headers).toEqual({
    'retry-after': '2',
  });
  expect(answerError({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 'x\r\ny' } }, context).headers).toEqual({
    'retry-after': '1',
  });
});
