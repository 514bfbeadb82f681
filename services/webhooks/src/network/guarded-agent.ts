/**
 * Connections to receivers and nowhere else. Every address is checked at the moment of connecting, since a name may resolve to another one
 * than when the webhook was saved. Knows no proxy and follows no redirect.
 */
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AllowList } from './allow-list.ts';
import { mayConnect } from './receiver-policy.ts';
import type { ResolveHost } from './resolve-host.ts';

/** Does not say which address it was: that could be the answer of an internal name server. */
export class AddressNotAllowed extends Error {
  constructor() {
    super('The host is or resolves to an address that is not allowed');
    this.name = 'AddressNotAllowed';
  }
}

export interface GuardedAgentOptions {
  allowed: AllowList;
  resolve: ResolveHost;
  /** Default 10 s. */
  connectTimeoutMs?: number;
}

/** Idle connections are kept this long: a receiver that hears from us every few seconds need not shake hands each time. */
const keepAliveMs = 10_000;
/** Of one host. Deliveries are bounded per webhook and account long before. */
const maxResponseHeaderBytes = 16_384;

export function createGuardedAgent({ allowed, resolve, connectTimeoutMs = 10_000 }: GuardedAgentOptions): Agent {
  /** Called for names only: an address literal is connected to without asking. */
  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        // All must be good: which of them is taken is not ours to choose.
        if (found.some((address) => !mayConnect(hostname, address, allowed)))
          return callback(new AddressNotAllowed(), [], 0);
        const addresses = found.map((address) => ({ address, family: isIP(address) }));
        if (options.all === true) return callback(null, addresses);
        return callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, [], 0),
    );
  };
  const connect = buildConnector({ lookup, timeout: connectTimeoutMs, allowH2: false });
  return new Agent({
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    maxHeaderSize: maxResponseHeaderBytes,
    // The attempt as a whole has one limit, see send-attempt.ts.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      const hostname = options.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
      if (isIP(hostname) > 0 && !mayConnect(hostname, hostname, allowed))
        return callback(new AddressNotAllowed(), null);
      return connect(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        // What was really connected to, whatever way led there.
        if (mayConnect(hostname, socket.remoteAddress ?? '', allowed)) return callback(null, socket);
        socket.destroy();
        return callback(new AddressNotAllowed(), null);
      });
    },
  });
}
