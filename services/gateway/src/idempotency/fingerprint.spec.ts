import { operations } from '@wam/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AskedInput, fingerprintOf } from './fingerprint.ts';

const live = { mode: 'live' } as const;
const asked: AskedInput = { params: { sessionId: 'a' }, query: {}, body: { to: '919876543210', message: 'hi' } };
const of = (
  more: Partial<AskedInput> = {},
  operation: keyof typeof operations = 'sendMessage',
  principal: { mode: 'live' | 'test' } = live,
) => fingerprintOf(operations[operation], principal, { ...asked, ...more });

test('the same request has one fingerprint, whatever the order of its fields', () => {
  expect(of({ body: { message: 'hi', to: '919876543210' } })).toBe(of());
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
      const turned = Object.fromEntries(Object.entries(body).reverse());
      expect(of({ body: turned })).toBe(of({ body }));
    }),
  );
});

test('another operation, session, recipient, text or mode has another one', () => {
  const others = [
    of({}, 'sendMessageBatch'),
    of({ params: { sessionId: 'b' } }),
    of({ body: { to: '919876543211', message: 'hi' } }),
    of({ body: { to: '919876543210', message: 'hi ' } }),
    of({ body: { to: '919876543210', message: 'hi', more: null } }),
    of({}, 'sendMessage', { mode: 'test' }),
  ];
  expect(new Set([of(), ...others]).size).toBe(others.length + 1);
});

test('what the operation does not read does not count', () => {
  expect(of({ query: { utm: '1' } })).toBe(of());
  expect(of({ body: { anything: 1 } }, 'connectSession')).toBe(of({ body: undefined }, 'connectSession'));
});
