import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { apiKeyPrefix, hashApiKey, newApiKeySecret } from './api-key.ts';

test('a key tells its mode, and has 256 bits of chance', () => {
  expect(newApiKeySecret('live')).toMatch(/^wa_live_[\w-]{43}$/);
  expect(newApiKeySecret('test')).toMatch(/^wa_test_[\w-]{43}$/);
  expect(newApiKeySecret('live')).not.toBe(newApiKeySecret('live'));
});

test('what is shown of a key later is its mode and four characters', () => {
  expect(apiKeyPrefix(`wa_live_${'Ab3x'.repeat(10)}xyz`)).toBe('wa_live_Ab3x');
});

test('the stored hash is the SHA-256 of the whole key, as gateways compute it', () => {
  const key = newApiKeySecret('test');
  expect(hashApiKey(key).toString('hex')).toBe(createHash('sha256').update(key).digest('hex'));
});
