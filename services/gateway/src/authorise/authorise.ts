import {
  type EntitlementsReply,
  type Feature,
  featureNotInPlan,
  type OperationDefinition,
  type Principal,
  type RejectionBody,
} from '@wam/contracts';
import type { Caller } from '../authenticate/identity.ts';

/** Whether the caller may use the operation at all, whatever it names. Pure; undefined means yes. */
export function authorise(operation: OperationDefinition, caller: Caller): RejectionBody | undefined {
  return (
    scopeRefusal(operation, caller.principal) ??
    (operation.feature === undefined ? undefined : featureRefusal(operation.feature, caller.entitlements))
  );
}

function scopeRefusal({ scope, usersOnly }: OperationDefinition, principal: Principal): RejectionBody | undefined {
  if (usersOnly === true && principal.actor.kind !== 'user')
    return { code: 'SCOPE_MISSING', message: 'API keys may not do that: it needs a logged-in user' };
  if (scope === undefined || principal.scopes.includes(scope)) return undefined;
  return {
    code: 'SCOPE_MISSING',
    message: `This API key lacks the scope ${scope}`,
    details: { scope, scopes: principal.scopes },
  };
}

function featureRefusal(feature: Feature, { features, lacking, plan }: EntitlementsReply): RejectionBody | undefined {
  if (features.includes(feature)) return undefined;
  return featureNotInPlan(feature, plan, lacking[feature] ?? null);
}
