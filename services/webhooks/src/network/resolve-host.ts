import { lookup, Resolver } from 'node:dns/promises';
import type { AllowList } from './allow-list.ts';

/** All addresses of a name; rejects when it has none. */
export type ResolveHost = (hostname: string) => Promise<string[]>;

const queryTimeoutMs = 2_000;

/**
 * Names of tenants are asked of the DNS without the system's resolver: that one runs on four threads, and a few names whose servers do not
 * answer would hold up everybody else's. Names that the operator lists are resolved as every other program of the machine does it, with
 * search domains and /etc/hosts.
 */
export const createResolveHost =
  (allowed: AllowList): ResolveHost =>
  async (hostname) => {
    if (allowed.hasHost(hostname)) return (await lookup(hostname, { all: true })).map(({ address }) => address);
    // A new one each time reads the servers of the network the machine is in now; it costs microseconds, and only for new connections.
    const resolver = new Resolver({ timeout: queryTimeoutMs, tries: 2 });
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = [v4, v6].flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (addresses.length === 0) throw v4.status === 'rejected' ? v4.reason : new Error('the name has no address');
    return addresses;
  };
