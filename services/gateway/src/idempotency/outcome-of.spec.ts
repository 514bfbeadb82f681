import { type ErrorCode, errorCatalogue, errorCodes } from '@wam/contracts';
import { expect, test } from 'vitest';
import { outcomeOf } from './outcome-of.ts';

const kindOf = (code: ErrorCode) => outcomeOf({ ok: false, code }).kind;

test('what was done is answered alike for ever after', () => {
  const reply = { ok: true, status: 202, body: { success: true } } as const;
  expect(outcomeOf(reply)).toEqual({ kind: 'keep', reply });
});

test.each<[ErrorCode, string]>([
  ['NOT_ON_WHATSAPP', 'keep'],
  ['MESSAGE_NOT_RESENDABLE', 'keep'],
  ['SESSION_DELETED', 'keep'],
  ['VALIDATION_FAILED', 'forget'],
  ['SESSION_NOT_FOUND', 'forget'],
  ['SESSION_LIMIT_REACHED', 'forget'],
  ['SESSION_BUSY', 'retry'],
  ['DAILY_LIMIT_REACHED', 'retry'],
  ['SESSION_NOT_CONNECTED', 'retry'],
  ['SERVICE_UNAVAILABLE', 'retry'],
  ['INTERNAL_ERROR', 'retry'],
])('%s: %s', (code, kind) => {
  expect(kindOf(code)).toBe(kind);
});

test('no answer of the platform itself is kept: what it has done is found again under the same id', () => {
  for (const code of errorCodes) if (errorCatalogue[code].status >= 500) expect(kindOf(code)).toBe('retry');
});
