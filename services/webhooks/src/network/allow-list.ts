/** Receivers that an operator allows although they are not public: hosts by name, addresses by range. Pure. */
import ipaddr from 'ipaddr.js';

type Range = [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

export interface AllowList {
  hasHost(hostname: string): boolean;
  hasAddress(address: string): boolean;
  /** As it was written, for the log and the banner. */
  readonly entries: readonly string[];
}

/**
 * @param text entries separated by commas: `receiver.internal`, `.svc.cluster.local` for all names below it, `10.1.2.3`, `10.0.0.0/8`
 * @throws RangeError naming the entry that is none
 */
export function parseAllowList(text: string): AllowList {
  const entries = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  const ranges: Range[] = [];
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of entries) {
    const range = rangeOf(entry);
    if (range !== undefined) ranges.push(range);
    else if (!/^\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*$/.test(entry))
      throw new RangeError(`${entry} is neither a host name nor an address range such as 10.0.0.0/8`);
    else if (entry.startsWith('.')) suffixes.push(entry);
    else hosts.add(entry);
  }
  return {
    entries,
    hasHost: (hostname) => hosts.has(hostname) || suffixes.some((suffix) => hostname.endsWith(suffix)),
    hasAddress(address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
    },
  };
}

function rangeOf(entry: string): Range | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.IPv4.isValidFourPartDecimal(entry) && !ipaddr.IPv6.isValid(entry)) return undefined;
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
