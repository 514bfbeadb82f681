import { expect, test } from 'vitest';
import { addressKey, clientAddressBy, trustedProxies } from './client-address.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test('nobody is trusted unless told; a number is how many of the nearest are, the rest are addresses', () => {
  expect(trustedProxies('off')).toBe(false);
  const nearestTwo = trustedProxies('2') as (address: string, hop: number) => boolean;
  expect([0, 1, 2, 3].map((hop) => nearestTwo('203.0.113.7', hop))).toEqual([true, true, false, false]);
  expect(trustedProxies('10.0.0.0/8, 127.0.0.1')).toEqual(['10.0.0.0/8', '127.0.0.1']);
});

test('a client is where the last trusted proxy says it is, and a connection of nobody trusted is the client itself', () => {
  const headers = { 'x-forwarded-for': '198.51.100.1, 198.51.100.2' };
  const from = (setting: string, nearest: string) => clientAddressBy(trustedProxies(setting))(nearest, headers);
  expect(from('off', '10.0.0.1')).toBe('10.0.0.1');
  expect(from('1', '10.0.0.1')).toBe('198.51.100.2');
  expect(from('2', '10.0.0.1')).toBe('198.51.100.1');
  expect(from('10.0.0.0/8', '10.0.0.1')).toBe('198.51.100.2');
  expect(from('10.0.0.0/8', '203.0.113.7')).toBe('203.0.113.7');
});
