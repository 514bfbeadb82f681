import type { AccountView } from '@wam/contracts';
import type { PlanCatalogue } from '../plan/plan-catalogue.ts';
import type { Account } from './account.ts';

export interface AccountUsage {
  sessions: number;
  messagesToday: number;
  resetsAt: Date;
}

/** What the account sees of itself. Pure. */
export function accountView(account: Account, usage: AccountUsage, catalogue: PlanCatalogue): AccountView {
  const { id, plan } = catalogue.effective(account.plan);
  return {
    userId: account.id,
    email: account.email,
    username: account.username,
    timeZone: account.timeZone,
    createdAt: account.createdAt.toISOString(),
    plan: { id, name: plan.name, pricePerMonth: plan.pricePerMonth, features: [...plan.features] },
    limits: { sessions: plan.sessions, messagesPerDay: plan.messagesPerDay },
    usage: {
      sessions: usage.sessions,
      messagesToday: usage.messagesToday,
      resetsAt: usage.resetsAt.toISOString(),
    },
  };
}
