/** How the network misbehaves towards one phone; some by themselves over after a few times, others until they are cleared. */
import type { FaultSpec } from '@wam/whatsapp-sandbox';

const hourMs = 3_600_000;
export const faults: readonly FaultSpec[] = [
  { kind: 'drop-messages', times: 2 },
  { kind: 'nack', code: 463, times: 2 },
  { kind: 'nack', code: 500, times: 1 },
  { kind: 'delay-acks', delayMs: 2_000 },
  { kind: 'late-acks', delayMs: 1_500 },
  { kind: 'no-delivery', times: 2 },
  { kind: 'no-receipts', times: 3 },
  { kind: 'delay-receipts', delayMs: 1_000 },
  { kind: 'duplicate-receipts' },
  { kind: 'reorder-receipts' },
  { kind: 'corrupt-ciphertext', times: 1 },
  { kind: 'slow-lookups', delayMs: 1_500 },
  { kind: 'silent-lookups' },
  { kind: 'key-errors', code: 500, times: 2 },
  { kind: 'restrict', until: new Date(Date.now() + hourMs).toISOString() },
  { kind: 'close-after', messages: 2, code: 503, times: 1 },
  { kind: 'close-after', messages: 1, code: 428 },
  { kind: 'refuse-logins', code: 503 },
  { kind: 'refuse-logins', code: 403, times: 1 },
  { kind: 'refuse-upgrades', code: 503, times: 3 },
];
