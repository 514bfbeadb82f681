/** Plans and what they include. An operator may replace them by a file of the same shape. Prices are INR per month. */
export const allFeatures = [
  'basic-messaging',
  'dashboard',
  'notifications',
  'webhooks',
  'bulk-messaging',
  'api-keys',
  'priority-support',
  'custom-integrations',
] as const;
export type Feature = (typeof allFeatures)[number];

export interface Plan {
  name: string;
  pricePerMonth: number;
  sessions: number;
  messagesPerDay: number;
  /** How many webhooks an account may have, where the plan has the feature. Default {@link defaultWebhooks}. */
  webhooks?: number;
  features: readonly Feature[];
}
export const defaultWebhooks = 5;
const trial: readonly Feature[] = ['basic-messaging', 'dashboard'];
const starter: readonly Feature[] = [...trial, 'notifications', 'webhooks'];
const growth: readonly Feature[] = [...starter, 'bulk-messaging'];
const business: readonly Feature[] = [...growth, 'api-keys', 'priority-support'];
const enterprise: readonly Feature[] = [...business, 'custom-integrations'];

export const plans = {
  trial: { name: 'Trial', pricePerMonth: 0, sessions: 1, messagesPerDay: 50, features: trial },
  starter: { name: 'Starter', pricePerMonth: 499, sessions: 1, messagesPerDay: 1000, webhooks: 2, features: starter },
  growth: { name: 'Growth', pricePerMonth: 999, sessions: 3, messagesPerDay: 5000, webhooks: 5, features: growth },
  business: {
    name: 'Business',
    pricePerMonth: 1999,
    sessions: 6,
    messagesPerDay: 20_000,
    webhooks: 10,
    features: business,
  },
  enterprise: {
    name: 'Enterprise',
    pricePerMonth: 3999,
    sessions: 15,
    messagesPerDay: 100_000,
    webhooks: 50,
    features: enterprise,
  },
} as const satisfies Record<string, Plan>;
export type PlanId = keyof typeof plans;
export const isPlanId = (id: string): id is PlanId => Object.hasOwn(plans, id);

/** The cheapest plan that has the feature; every feature is in at least Enterprise. */
export const firstPlanWith = (feature: Feature): Plan =>
  (Object.values(plans) as Plan[]).find((p) => p.features.includes(feature)) ?? plans.enterprise;
