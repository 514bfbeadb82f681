import type { EntitlementsReply, Feature, OperationDefinition, Principal, RejectionBody } from '@wam/contracts';
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

const featureNames: Record<Feature, string> = {
  'basic-messaging': 'Basic messaging',
  dashboard: 'The dashboard',
  notifications: 'All notifications',
  webhooks: 'Webhooks',
  'bulk-messaging': 'Bulk messaging',
  'api-keys': 'API keys',
  'priority-support': 'Priority support',
  'custom-integrations': 'Custom integrations',
};

function featureRefusal(feature: Feature, { features, lacking, plan }: EntitlementsReply): RejectionBody | undefined {
  if (features.includes(feature)) return undefined;
  const firstPlan = lacking[feature] ?? null;
  const name = featureNames[feature];
  const message =
    firstPlan === null ? `${name}: not in any plan here` : `${name}: available from the ${firstPlan} plan`;
  return { code: 'FEATURE_NOT_IN_PLAN', message, details: { feature, plan, firstPlan } };
}
