import type { ErrorCode, RejectionBody } from '@wam/contracts';

/** Ends a request with a code from the catalogue, where a return value cannot (Fastify hooks, validation). */
export class ApiError extends Error {
  readonly rejection: RejectionBody;
  constructor(code: ErrorCode, more: Omit<RejectionBody, 'code'> = {}) {
    super(more.message ?? code);
    this.name = 'ApiError';
    this.rejection = { code, ...more };
  }
  static of({ code, ...more }: RejectionBody): ApiError {
    return new ApiError(code, more);
  }
}
