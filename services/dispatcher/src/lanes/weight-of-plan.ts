/** Turns an account has at sending while another one has one. Pure. */
const weights: Readonly<Record<string, number>> = { business: 2, enterprise: 4 };

export const weightOfPlan = (plan: string): number => weights[plan] ?? 1;
