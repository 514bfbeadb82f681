import { describe, expect, it } from 'vitest';
import { hostileUrls } from '../testing/hostile-urls.ts';
import { parseAllowList } from './allow-list.ts';
import { faultOfUrl, isPublicAddress, mayConnect } from './receiver-policy.ts';

const nothing = parseAllowList('');

describe('the URL of a receiver', () => {
  it.each(hostileUrls)('%s is refused', (url) => {
    expect(faultOfUrl(url, nothing)).toMatch(/must not be/);
  });

  it.each(['http://example.com/', 'ftp://example.com/', 'https://user:pass@example.com/', 'https://', 'example.com'])(
    '%s is refused',
    (url) => expect(faultOfUrl(url, nothing)).toBeDefined(),
  );

  it.each(['https://example.com/hook?a=1', 'https://1.1.1.1:8443/', 'https://[2606:4700:4700::1111]/'])(
    '%s is allowed',
    (url) => expect(faultOfUrl(url, nothing)).toBeUndefined(),
  );

  it('may be plain http and private where the operator lists its host or address', () => {
    const list = parseAllowList('127.0.0.0/8, crm.internal,.svc.cluster.local,::1');
    for (const url of [
      'http://127.0.0.1:8080/',
      'http://crm.internal/',
      'http://crm.prod.svc.cluster.local/',
      'http://[::1]:1/',
      'https://2130706433/',
    ])
      expect(faultOfUrl(url, list), url).toBeUndefined();
    for (const url of [
      'http://10.0.0.1/',
      'http://other.internal/',
      'http://evilsvc.cluster.local/',
      'http://localhost/',
    ])
      expect(faultOfUrl(url, list), url).toBeDefined();
  });
});

describe('an address to connect to', () => {
  it('must be public, whatever name led to it', () => {
    for (const address of [
      '127.0.0.1',
      '::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      '100.64.0.1',
      'fe80::1%eth0',
      '',
      'x',
    ])
      expect(mayConnect('example.com', address, nothing), address).toBe(false);
    for (const address of ['93.184.215.14', '::ffff:93.184.215.14', '2606:4700:4700::1111'])
      expect(mayConnect('example.com', address, nothing), address).toBe(true);
  });

  it('may be private where the operator lists the name or the range', () => {
    expect(mayConnect('crm.internal', '10.1.2.3', parseAllowList('crm.internal'))).toBe(true);
    expect(mayConnect('example.com', '10.1.2.3', parseAllowList('crm.internal'))).toBe(false);
    expect(mayConnect('example.com', '::ffff:10.1.2.3', parseAllowList('10.0.0.0/8'))).toBe(true);
    expect(mayConnect('example.com', '172.16.2.3', parseAllowList('10.0.0.0/8'))).toBe(false);
  });

  it('is public only outside every reserved range', () => {
    for (const address of [
      '192.0.0.1',
      '192.0.2.1',
      '203.0.113.1',
      '240.0.0.1',
      '64:ff9b:1::1',
      '2001:db8::1',
      '100::1',
    ])
      expect(isPublicAddress(address), address).toBe(false);
  });
});

it('an allow list names the entry that it does not understand', () => {
  expect(() => parseAllowList('10.0.0.0/8,http://x/')).toThrow('http://x/');
  expect(() => parseAllowList('10.0.0.0/99')).toThrow('10.0.0.0/99');
});
