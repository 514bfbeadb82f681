/** The plans on offer and what an account may do under them. Pure. */
import {
  allFeatures,
  defaultWebhooks,
  type EntitlementsReply,
  type Feature,
  featureNotInPlan,
  type Plan,
  type RejectionBody,
} from '@wam/contracts';

export interface PlanCatalogue {
  readonly ids: readonly string[];
  has(id: string): boolean;
  /** What an account with this plan has. One that is not on offer any more counts as the default plan. */
  effective(id: string): { id: string; plan: Plan };
  /** The cheapest plan that has the feature. */
  firstWith(feature: Feature): { id: string; plan: Plan } | undefined;
}

/** @param defaultPlan one of `plans` */
export function createPlanCatalogue(plans: Readonly<Record<string, Plan>>, defaultPlan: string): PlanCatalogue {
  const all = new Map(Object.entries(plans));
  const fallback = all.get(defaultPlan);
  if (fallback === undefined) throw new Error(`there is no plan ${defaultPlan}`);
  // Plans of one price stay in the order of the file: sorting is stable.
  const cheapestFirst = [...all].sort(([, a], [, b]) => a.pricePerMonth - b.pricePerMonth);
  return {
    ids: [...all.keys()],
    has: (id) => all.has(id),
    effective(id) {
      const plan = all.get(id);
      return plan === undefined ? { id: defaultPlan, plan: fallback } : { id, plan };
    },
    firstWith(feature) {
      const found = cheapestFirst.find(([, plan]) => plan.features.includes(feature));
      return found && { id: found[0], plan: found[1] };
    },
  };
}

/** What gateways need to know of an account. */
export function entitlementsOf(
  account: { plan: string; timeZone: string; tokenGeneration: number },
  catalogue: PlanCatalogue,
): EntitlementsReply {
  const { id, plan } = catalogue.effective(account.plan);
  const missing = allFeatures.filter((feature) => !plan.features.includes(feature));
  return {
    plan: id,
    features: plan.features,
    lacking: Object.fromEntries(missing.map((f) => [f, catalogue.firstWith(f)?.plan.name ?? null])),
    sessions: plan.sessions,
    messagesPerDay: plan.messagesPerDay,
    webhooks: plan.webhooks ?? defaultWebhooks,
    timeZone: account.timeZone,
    tokenGeneration: account.tokenGeneration,
  };
}

/** FEATURE_NOT_IN_PLAN when the account's plan lacks the feature, naming the plan that has it. */
export function requireFeature(planId: string, feature: Feature, catalogue: PlanCatalogue): RejectionBody | undefined {
  const { id, plan } = catalogue.effective(planId);
  if (plan.features.includes(feature)) return undefined;
  return featureNotInPlan(feature, id, catalogue.firstWith(feature)?.plan.name ?? null);
}
