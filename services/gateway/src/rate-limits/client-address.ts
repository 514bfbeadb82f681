import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';

/**
 * What an address counts as: itself, or for IPv6 its /64, since that is what one customer of a provider has (RFC 6177).
 * IPv4 in IPv6 form is IPv4.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address.slice(0, 64);
  const [head = '', tail = ''] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
    : before;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** Whose X-Forwarded-For is believed, as Fastify takes it; the function's second parameter counts from the nearest peer, 0. */
export type TrustedProxies = false | string[] | ((address: string, hop: number) => boolean);

/** @param setting TRUST_PROXY: `off`, `1`, or `10.0.0.0/8,127.0.0.1` */
export function trustedProxies(setting: string): TrustedProxies {
  if (setting === 'off') return false;
  const hops = Number(setting);
  if (Number.isInteger(hops)) return (_address, hop) => hop < hops;
  return setting.split(',').map((range) => range.trim());
}

/** Where a request comes from, told as Fastify tells `request.ip`, of what Engine.IO keeps of it. @param nearest the address of the connection */
export type ClientAddress = (nearest: string, headers: IncomingHttpHeaders) => string;

export function clientAddressBy(trusted: TrustedProxies): ClientAddress {
  if (trusted === false) return (nearest) => nearest;
  const isTrusted = typeof trusted === 'function' ? trusted : proxyAddress.compile(trusted);
  return (nearest, headers) =>
    proxyAddress({ socket: { remoteAddress: nearest }, headers } as IncomingMessage, isTrusted);
}
