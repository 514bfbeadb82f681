import { expect, test } from 'vitest';
import { createResponseContract } from './response-contract.ts';

const contract = createResponseContract({ codesToo: true });
const send = { method: 'POST', pathname: '/api/sessions/550e8400-e29b-41d4-a716-446655440000/send' };
const sent = { success: true, message: 'x', messageId: 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X', status: 'sent' };
const error = { error: 'x', message: 'x', code: 'SESSION_BUSY', requestId: 'r', docUrl: 'u' };

test('an answer as described has no fault', () => {
  expect(contract.faultOf({ ...send, status: 200, body: sent })).toBeUndefined();
  expect(contract.faultOf({ ...send, status: 429, body: error })).toBeUndefined();
  expect(contract.faultOf({ ...send, status: 400, body: { ...error, code: 'BAD_REQUEST' } })).toBeUndefined();
  expect(contract.faultOf({ method: 'GET', pathname: '/livez', status: 200, body: {} })).toBeUndefined();
});

test.each([
  ['a status that is not described', 201, sent, 'sendMessage 201 is not described'],
  ['a missing field', 200, { ...sent, messageId: undefined }, "must have required property 'messageId'"],
  ['a wrong value', 200, { ...sent, status: 'gone' }, 'sendMessage 200: /status'],
  ['an error of another shape', 429, { message: 'x' }, 'must have required property'],
  ['an error with a field too many', 429, { ...error, stack: 'x' }, 'must NOT have additional properties'],
  ['an error of another operation', 409, { ...error, code: 'EMAIL_TAKEN' }, 'EMAIL_TAKEN is not among the errors'],
])('%s is a fault', (_title, status, body, fault) => {
  expect(contract.faultOf({ ...send, status, body: JSON.parse(JSON.stringify(body)) })).toContain(fault);
});

test('a fixed path is not taken for one with a parameter', () => {
  const fault = contract.faultOf({ method: 'GET', pathname: '/api/messages/stats', status: 200, body: {} });
  expect(fault).toContain('getMessageStats 200');
});
