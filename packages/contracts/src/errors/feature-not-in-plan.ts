import type { Feature } from '../plans.ts';
import type { RejectionBody } from '../wire.ts';

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

/**
 * @param plan id of the account's plan
 * @param firstPlan name of the cheapest plan with the feature; null when none here has it
 */
export function featureNotInPlan(feature: Feature, plan: string, firstPlan: string | null): RejectionBody {
  const name = featureNames[feature];
  const message =
    firstPlan === null ? `${name}: not in any plan here` : `${name}: available from the ${firstPlan} plan`;
  return { code: 'FEATURE_NOT_IN_PLAN', message, details: { feature, plan, firstPlan } };
}
