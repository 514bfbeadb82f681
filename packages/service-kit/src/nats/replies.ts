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

/** What a use case came to: its answer, or the domain's `Rejection`, the only one of the two that has a `code`. */
export const isRefused = (result: object): result is RejectionBody => 'code' in result;
export const reply = (status: number, result: object): ServiceReply =>
  isRefused(result) ? refuse(result) : answer(status, result);
