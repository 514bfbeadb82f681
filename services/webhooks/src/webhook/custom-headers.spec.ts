import { expect, it } from 'vitest';
import { faultOfHeaders } from './custom-headers.ts';

it('a custom header may authenticate us to the receiver', () => {
  expect(faultOfHeaders({ Authorization: 'Bearer abc', 'X-Api-Key': 'k 1', Cookie: 'a=b' })).toBeUndefined();
});

it.each([
  'Host',
  'content-length',
  'Transfer-Encoding',
  'connection',
  'webhook-signature',
  'Webhook-Id',
  'proxy-authorization',
  'Content-Type',
  'x-forwarded-for',
  'te',
])('%s cannot be replaced by a custom header', (name) => {
  expect(faultOfHeaders({ [name]: 'x' })).toMatchObject({ name, fault: expect.stringContaining('cannot be replaced') });
});

it.each([
  ['a name with a line break', { 'X-A\r\nHost': 'x' }],
  ['an empty name', { '': 'x' }],
  ['a value with a line break', { 'X-A': 'x\r\nHost: evil' }],
  ['a value with a NUL', { 'X-A': 'x\0' }],
  ['an empty value', { 'X-A': '' }],
  ['a value beyond ASCII', { 'X-A': 'ü' }],
  ['one name in two cases', { 'X-A': 'x', 'x-a': 'y' }],
])('%s is refused', (_, headers) => {
  expect(faultOfHeaders(headers as Record<string, string>)).toBeDefined();
});
