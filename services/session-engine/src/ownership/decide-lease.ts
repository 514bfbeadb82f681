/** The lease protocol as a pure function: what a member does about what it hears. Rules: docs/adr/0012. */
import { hear } from './hear-lease.ts';
import type { LeaseDecision, LeaseInput, LeaseState } from './lease-state.ts';
import { plan } from './plan-lease.ts';

export function decideLease(before: LeaseState, input: LeaseInput, nowMs: number): LeaseDecision {
  if (before.phase === 'left') return { state: before, effects: [] };
  const heard = hear(before, input, nowMs);
  const planned = plan(heard.state, nowMs);
  return { state: planned.state, effects: [...heard.effects, ...planned.effects] };
}
