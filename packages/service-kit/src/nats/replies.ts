import type { RejectionBody, ServiceReply } from '@wam/contracts';

export const answer = (status: number, body: unknown, headers?: Record<string, string>): ServiceReply => ({
  ok: true,
  status,
  body,
  ...(headers === undefined ? {} : { headers }),
});

/** Accepts the domain's `Rejection` as it is. */
export const refuse = (rejection: RejectionBody): ServiceReply => ({
  ok: false,
  code: rejection.code,
  ...(rejection.message === undefined ? {} : { message: rejection.message }),
  ...(rejection.param === undefined ? {} : { param: rejection.param }),
  ...(rejection.details === undefined ? {} : { details: rejection.details }),
});
