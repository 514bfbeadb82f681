import type { RejectionBody } from '@wam/contracts';

/** How many connections an account, and this gateway, may have. */
export interface ConnectionLimits {
  /** undefined: one more is fine. */
  refuse(now: { plan: string; ofAccount: number; ofGateway: number }): RejectionBody | undefined;
}

/** Setting such as `trial=10,enterprise=2000`; other plans have `defaultCount`. */
export const limitsOfPlansPattern = '^(none|[a-z0-9-]+=[1-9][0-9]{0,6}(,[a-z0-9-]+=[1-9][0-9]{0,6})*)$';

/** Pure. @param ofPlans of the form {@link limitsOfPlansPattern} */
export function connectionLimits(ofPlans: string, defaultCount: number, ofGateway: number): ConnectionLimits {
  const counts = new Map(
    ofPlans === 'none'
      ? []
      : ofPlans.split(',').map((each) => {
          const [plan = '', count] = each.split('=');
          return [plan, Number(count)] as const;
        }),
  );
  return {
    refuse({ plan, ofAccount, ofGateway: open }) {
      const limit = counts.get(plan) ?? defaultCount;
      if (ofAccount >= limit)
        return {
          code: 'TOO_MANY_CONNECTIONS',
          message: `The account has ${ofAccount} open connections here; its plan allows ${limit}`,
          details: { limit, plan },
        };
      return open >= ofGateway ? { code: 'SERVICE_UNAVAILABLE' } : undefined;
    },
  };
}
