import { expect, it } from 'vitest';
import { faultRequest } from './fault-request.ts';
import { refusalOf } from './refusal-of.ts';

const phone = '15551230001';

it.each([
  ['disconnect', { action: 'disconnect', code: 428 }],
  ['silence', { action: 'disconnect', code: 'silence' }],
  ['unlink', { action: 'unlink' }],
  ['clear', { action: 'clear' }],
  ['nack', { action: 'inject', effect: { kind: 'nack', code: 463 }, times: undefined }],
  ['drop-messages', { action: 'inject', effect: { kind: 'drop-messages' }, times: undefined }],
  ['delay-acks', { action: 'inject', effect: { kind: 'delay-acks', delayMs: 5000 }, times: undefined }],
  ['no-receipts', { action: 'inject', effect: { kind: 'no-receipts' }, times: undefined }],
  ['slow-lookups', { action: 'inject', effect: { kind: 'slow-lookups', delayMs: 5000 }, times: undefined }],
  ['restrict', { action: 'inject', effect: { kind: 'restrict', until: '1970-01-02T00:00:00.000Z' }, times: undefined }],
  ['refuse-logins', { action: 'inject', effect: { kind: 'refuse-logins', code: 503 }, times: undefined }],
] as const)('the fault %s needs no parameters', (kind, expected) => {
  expect(faultRequest({ phone, kind }, 0)).toEqual(expected);
});

it('code, delay and count of the request are used', () => {
  expect(faultRequest({ phone, kind: 'disconnect', code: 440 }, 0)).toEqual({ action: 'disconnect', code: 440 });
  expect(faultRequest({ phone, kind: 'nack', code: 500, count: 2 }, 0)).toEqual({
    action: 'inject',
    effect: { kind: 'nack', code: 500 },
    times: 2,
  });
  expect(faultRequest({ phone, kind: 'delay-acks', delayMs: 0 }, 0)).toMatchObject({ effect: { delayMs: 0 } });
});

it('a phone that cannot be on the network is told by the field that named it', () => {
  expect(refusalOf({ code: 'UNKNOWN_PHONE', message: 'x' }, { phone: 'from' })).toMatchObject({
    code: 'VALIDATION_FAILED',
    param: 'from',
  });
});
