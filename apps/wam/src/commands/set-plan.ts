/** `wam account set-plan`: takes effect at once on every gateway. */
import { internalRequests, type PlanSet, type SetPlan } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { askAuth } from './ask-service.ts';

/** @returns the line to print @throws UserError for an unknown account or plan */
export async function setPlan(email: string, plan: string, env: Env): Promise<string> {
  const request: SetPlan = { email, plan };
  const { from, to } = await askAuth<PlanSet>(internalRequests.setPlan, request, env);
  return from === to ? `${email} is on ${to} already` : `${email}: ${from} -> ${to}`;
}
