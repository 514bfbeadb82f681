import { expect, test } from 'vitest';
import { presentedCredential } from './presented-credential.ts';

test.each([
  [{ authorization: 'Bearer abc' }, 'abc'],
  [{ authorization: 'bearer  abc ' }, 'abc'],
  [{ 'x-api-key': 'wa_live_abc' }, 'wa_live_abc'],
  [{ authorization: 'Bearer abc', 'x-api-key': 'wa_live_abc' }, 'abc'],
  [{}, undefined],
  [{ authorization: '' }, undefined],
  [{ authorization: 'Bearer ' }, undefined],
  [{ authorization: 'Basic dXNlcjpwYXNz' }, undefined],
  [{ authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': 'wa_live_abc' }, undefined],
  [{ 'x-api-key': 'a.jwt.elsewhere' }, undefined],
])('%j presents %s', (headers, credential) => {
  expect(presentedCredential(headers)).toBe(credential);
});
