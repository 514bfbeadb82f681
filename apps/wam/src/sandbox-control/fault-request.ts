/** The faults of the API in terms of the sandbox. Pure. */
import type { BodyOf, injectFault } from '@wam/contracts';
import type { DropCode, DropKind, FaultEffect } from '@wam/whatsapp-sandbox';

export type FaultBody = BodyOf<typeof injectFault>;

export type FaultRequest =
  | { action: 'disconnect'; code: DropKind }
  | { action: 'unlink' }
  | { action: 'clear' }
  | { action: 'inject'; effect: FaultEffect; times: number | undefined };

/** What a fault does when the request leaves its parameter out. */
const defaults = { dropCode: 428, nackCode: 463, refuseCode: 503, delayMs: 5000, restrictMs: 86_400_000 } as const;

/** Codes are checked by the sandbox, which knows them all. */
export function faultRequest(
  { kind, code, delayMs = defaults.delayMs, count, until }: FaultBody,
  nowMs: number,
): FaultRequest {
  const inject = (effect: FaultEffect): FaultRequest => ({ action: 'inject', effect, times: count });
  switch (kind) {
    case 'disconnect':
      return { action: 'disconnect', code: (code ?? defaults.dropCode) as DropCode };
    case 'silence':
      return { action: 'disconnect', code: kind };
    case 'unlink':
    case 'clear':
      return { action: kind };
    case 'nack':
      return inject({ kind, code: code ?? defaults.nackCode });
    case 'refuse-logins':
      return inject({ kind, code: code ?? defaults.refuseCode });
    case 'delay-acks':
    case 'slow-lookups':
      return inject({ kind, delayMs });
    case 'restrict':
      return inject({ kind, until: until ?? new Date(nowMs + defaults.restrictMs).toISOString() });
    case 'drop-messages':
    case 'no-receipts':
      return inject({ kind });
    default:
      return kind satisfies never;
  }
}
