import { allScopes, operationList, operations, type PlanId, type Scope } from '@wam/contracts';
import { expect, test } from 'vitest';
import type { Caller } from '../authenticate/identity.ts';
import { entitlementsOf } from '../testing/test-accounts.ts';
import { authorise } from './authorise.ts';

const caller = (plan: PlanId, scopes?: readonly Scope[]): Caller => ({
  principal: {
    tenant: 't',
    actor: scopes === undefined ? { kind: 'user', email: 'e' } : { kind: 'apiKey', keyId: 'k', name: 'n' },
    plan,
    scopes: scopes ?? allScopes,
    mode: 'live',
  },
  entitlements: entitlementsOf(plan),
});

test('a logged-in user of the largest plan may do everything', () => {
  for (const operation of operationList) expect(authorise(operation, caller('enterprise'))).toBeUndefined();
});

test('an API key may do what its scopes say, and is told which one is missing', () => {
  for (const operation of operationList.filter(({ auth }) => auth === 'account')) {
    for (const scope of allScopes) {
      const refusal = authorise(operation, caller('enterprise', [scope]));
      if (operation.usersOnly === true) expect(refusal).toMatchObject({ code: 'SCOPE_MISSING' });
      else if (operation.scope === scope) expect(refusal).toBeUndefined();
      else expect(refusal).toMatchObject({ code: 'SCOPE_MISSING', details: { scope: operation.scope } });
    }
  }
});

test('what only a logged-in user may do is closed to keys with every scope', () => {
  const operation = { ...operations.createSession, usersOnly: true };
  expect(authorise(operation, caller('enterprise', allScopes))).toMatchObject({ code: 'SCOPE_MISSING' });
  expect(authorise(operation, caller('trial'))).toBeUndefined();
});

test('a feature that is not in the plan names the first plan that has it', () => {
  expect(authorise(operations.bulkSend, caller('starter'))).toEqual({
    code: 'FEATURE_NOT_IN_PLAN',
    message: 'Bulk messaging: available from the Growth plan',
    details: { feature: 'bulk-messaging', plan: 'starter', firstPlan: 'Growth' },
  });
  expect(authorise(operations.bulkSend, caller('growth'))).toBeUndefined();
});

test('every operation of an account says which scope it needs', () => {
  for (const { id, auth, scope } of operationList) expect(auth === 'public' || scope !== undefined, id).toBe(true);
});
