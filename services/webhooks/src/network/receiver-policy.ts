/** Which receivers may be called: public addresses, and what the operator allows. Pure. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { AllowList } from './allow-list.ts';

/**
 * Whether an address belongs to the public internet. IPv4 inside IPv6 is looked at as IPv4; NAT64, 6to4 and Teredo, which carry any IPv4
 * address inside, are not public.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** A host name of the operator's list may resolve to anything; every other address must be public or on the list. */
export const mayConnect = (hostname: string, address: string, allowed: AllowList): boolean =>
  isPublicAddress(address) || allowed.hasAddress(address) || allowed.hasHost(hostname);

/**
 * What is wrong with the URL of a receiver, as far as it can be told without asking the DNS. The URL parser has made decimal, octal, hex
 * and full-width forms of an address plain by then.
 */
export function faultOfUrl(text: string, allowed: AllowList): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  const hostname = hostnameOf(url);
  const literal = isIP(hostname) > 0;
  const listed = allowed.hasHost(hostname) || (literal && allowed.hasAddress(hostname));
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.protocol === 'http:' && !listed) return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password; use custom headers';
  if (literal && !listed && !isPublicAddress(hostname)) return 'must not be a private, local or reserved address';
  if (!literal && !listed && isLocalName(hostname)) return 'must not be a local name';
  return undefined;
}

/** Without the brackets of IPv6 and the dot of a fully qualified name. */
export const hostnameOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

/** RFC 6761 and 6762: names that never are on the public internet, and single words. */
const isLocalName = (hostname: string): boolean =>
  !hostname.includes('.') || /(^|\.)(localhost|local|internal|localdomain|home\.arpa)$/.test(hostname);
