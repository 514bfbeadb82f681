import type { Logger } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import type { PlanCatalogue } from './plan-catalogue.ts';

/** After an operator replaced the plan file: accounts on plans it does not have count as on the default plan. */
export async function warnOfUnknownPlans(
  db: Kysely<AuthTables>,
  catalogue: PlanCatalogue,
  logger: Logger,
): Promise<void> {
  const rows = await db
    .selectFrom('account')
    .select((select) => ['plan' as const, select.fn.countAll<number>().as('accounts')])
    .where('plan', 'not in', [...catalogue.ids])
    .groupBy('plan')
    .execute();
  for (const { plan, accounts } of rows)
    logger.warn({ plan, accounts }, 'accounts are on a plan that is not on offer: they count as on the default plan');
}
