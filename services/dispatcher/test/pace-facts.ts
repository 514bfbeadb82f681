/** What specs of the pace begin with: a session that rests, and the limits of each network. */
import type { Lane, PacePolicy } from '../src/pace/plan-step.ts';

export const policy: PacePolicy = {
  perMinute: { whatsapp: 60, sandbox: 60_000 },
  warmUp: { whatsapp: true, sandbox: false },
};
export const lane: Lane = {
  sessionId: 's',
  network: 'sandbox',
  status: 'connected',
  restricted: false,
  connectedSinceMs: 0,
  outstanding: 0,
  fullAtMs: Number.NEGATIVE_INFINITY,
  warmDay: 0,
  warmCount: 0,
};
