import { describe, expect, test } from 'vitest';
import { allowedOrigins } from './allowed-origins.ts';

const production = { mode: 'production', publicUrl: undefined };
const development = { mode: 'development', publicUrl: undefined };

describe('pages of other origins', () => {
  test('are let in where they are listed, however the operator writes it', () => {
    const { allows } = allowedOrigins('https://App.example.com:443, http://other.example.com:8080', production);
    expect(allows('https://app.example.com')).toBe(true);
    expect(allows('http://other.example.com:8080')).toBe(true);
    for (const origin of [
      'http://app.example.com',
      'https://app.example.com:8443',
      'https://app.example.com.evil.example',
      'http://localhost:5173',
      'null',
    ])
      expect(allows(origin), origin).toBe(false);
  });

  test('are all let in with *, none with none', () => {
    expect(allowedOrigins('*', production).allows('null')).toBe(true);
    expect(allowedOrigins('none', development).allows('http://localhost:5173')).toBe(false);
  });

  test('are, when nothing is set, none in production and those of this machine in development', () => {
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1', 'https://[::1]:3000']) {
      expect(allowedOrigins(undefined, development).allows(origin), origin).toBe(true);
      expect(allowedOrigins(undefined, production).allows(origin), origin).toBe(false);
    }
    for (const origin of [
      'https://example.com',
      'http://localhost.example.com',
      'http://127.0.0.1.example.com',
      'null',
    ])
      expect(allowedOrigins(undefined, development).allows(origin), origin).toBe(false);
  });
});

describe('a socket', () => {
  const publicUrl = 'https://wam.example.com/somewhere';
  const { admits } = allowedOrigins('https://app.example.com', { mode: 'production', publicUrl });

  test.each([
    ['of no page', {}],
    ['of a page of the gateway', { origin: 'http://10.0.0.7:3000', host: '10.0.0.7:3000' }],
    ['of a page of the gateway, behind what ends TLS', { origin: 'https://10.0.0.7:3000', host: '10.0.0.7:3000' }],
    [
      'of a page of its public address, behind what replaces Host',
      { origin: 'https://wam.example.com', host: 'pod:3000' },
    ],
    ['of a page of a listed origin', { origin: 'https://app.example.com', host: 'wam.example.com' }],
  ])('is opened %s', (_title, headers) => expect(admits(headers)).toBe(true));

  test.each([
    ['of another origin', { origin: 'https://evil.example.com', host: 'wam.example.com' }],
    ['of another port', { origin: 'http://10.0.0.7:8080', host: '10.0.0.7:3000' }],
    ['of a page without an origin of its own', { origin: 'null', host: 'wam.example.com' }],
    ['of another origin, without Host', { origin: 'https://evil.example.com' }],
  ])('is not opened for a page %s', (_title, headers) => expect(admits(headers)).toBe(false));
});
