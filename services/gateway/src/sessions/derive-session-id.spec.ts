import { Uuid } from '@wam/contracts';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { deriveSessionId } from './derive-session-id.ts';

const tenant = '550e8400-e29b-41d4-a716-446655440000';

test('the same account gets the same UUID until it has had another session', () => {
  const first = deriveSessionId({ tenant, mode: 'live' }, 0);
  expect(Value.Check(Uuid, first)).toBe(true);
  expect(first).toMatch(/^.{14}8.{4}[89ab]/);
  expect(deriveSessionId({ tenant, mode: 'live' }, 0)).toBe(first);
  expect(deriveSessionId({ tenant, mode: 'live' }, 1)).not.toBe(first);
});

test('other accounts, and test keys, get others', () => {
  const first = deriveSessionId({ tenant, mode: 'live' }, 0);
  expect(deriveSessionId({ tenant, mode: 'test' }, 0)).not.toBe(first);
  expect(deriveSessionId({ tenant: tenant.replace('5', '6'), mode: 'live' }, 0)).not.toBe(first);
});
