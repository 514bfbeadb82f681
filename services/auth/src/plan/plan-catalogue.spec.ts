import { plans } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { createPlanCatalogue, entitlementsOf, requireFeature } from './plan-catalogue.ts';

const catalogue = createPlanCatalogue(plans, 'trial');
const account = { plan: 'starter', timeZone: 'UTC', tokenGeneration: 3 };

describe('the documented plans', () => {
  it.each([
    ['trial', 1, 50],
    ['starter', 1, 1_000],
    ['growth', 3, 5_000],
    ['business', 6, 20_000],
    ['enterprise', 15, 100_000],
  ])('%s: %i sessions, %i messages a day', (plan, sessions, messagesPerDay) => {
    expect(entitlementsOf({ ...account, plan }, catalogue)).toMatchObject({ plan, sessions, messagesPerDay });
  });

  it('tell for each feature that is missing which plan has it first', () => {
    expect(entitlementsOf(account, catalogue)).toMatchObject({
      features: ['basic-messaging', 'dashboard', 'notifications', 'webhooks'],
      lacking: {
        'bulk-messaging': 'Growth',
        'api-keys': 'Business',
        'priority-support': 'Business',
        'custom-integrations': 'Enterprise',
      },
      tokenGeneration: 3,
    });
  });

  it('refuse a feature by naming the plan that has it', () => {
    expect(requireFeature('growth', 'api-keys', catalogue)).toEqual({
      code: 'FEATURE_NOT_IN_PLAN',
      message: 'API keys: available from the Business plan',
      details: { feature: 'api-keys', plan: 'growth', firstPlan: 'Business' },
    });
    expect(requireFeature('business', 'api-keys', catalogue)).toBeUndefined();
  });
});

describe('plans of an operator', () => {
  const small = { name: 'Small', pricePerMonth: 10, sessions: 2, messagesPerDay: 10, features: [] };
  const own = createPlanCatalogue(
    {
      dear: { ...small, name: 'Dear', pricePerMonth: 99, features: ['webhooks'] },
      fair: { ...small, name: 'Fair', pricePerMonth: 50, features: ['webhooks'] },
      small,
    },
    'small',
  );

  it('are compared by price, not by their order in the file', () => {
    expect(requireFeature('small', 'webhooks', own)).toMatchObject({ details: { plan: 'small', firstPlan: 'Fair' } });
  });
  it('may leave a feature to nobody', () => {
    expect(requireFeature('dear', 'api-keys', own)).toMatchObject({
      message: 'API keys: not in any plan here',
      details: { plan: 'dear', firstPlan: null },
    });
  });
  it('stand in with the default one for a plan that is not on offer any more', () => {
    expect(entitlementsOf({ ...account, plan: 'growth' }, own)).toMatchObject({ plan: 'small', sessions: 2 });
  });
  it('have no plan by the name of an inherited property', () => {
    expect(own.has('constructor')).toBe(false);
    expect(own.effective('__proto__').id).toBe('small');
  });
});
