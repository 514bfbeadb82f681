import type { Network, ServiceName, ServiceReply } from '@wam/contracts';

/**
 * An installation for the real network usually runs no sandbox, and nobody answers for it: that is no outage. Where new sessions are the
 * sandbox's by default it should be there, and its silence is one.
 */
export function nameAbsentSandbox(reply: ServiceReply, service: ServiceName, defaultNetwork: Network): ServiceReply {
  const absent = service === 'sandbox' && defaultNetwork !== 'sandbox';
  return absent && !reply.ok && reply.code === 'SERVICE_UNAVAILABLE' ? { ok: false, code: 'SANDBOX_DISABLED' } : reply;
}
