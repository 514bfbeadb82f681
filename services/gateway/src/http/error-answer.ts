/** The one way from anything that went wrong to what the caller reads. */
import {
  type ErrorBody,
  type ErrorCode,
  errorCatalogue,
  errorDocPath,
  isErrorCode,
  type RejectionBody,
} from '@wam/contracts';
import { ApiError } from './api-error.ts';

export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: ErrorBody;
}
export interface AnswerContext {
  requestId: string;
  /** Origin of the public address, without a trailing slash; base of `docUrl`. */
  publicUrl: string;
}

/** Seconds a client waits before it repeats a request that may succeed later, where the case gives no better figure. */
const defaultRetryAfterSeconds = 1;

/** Fastify's own refusals. Any other of them with a 4xx status is a BAD_REQUEST, any other error a defect: INTERNAL_ERROR. */
const codeByFrameworkError: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
};

/** @param cause a rejection of a service, an {@link ApiError}, a Fastify error, or anything thrown by mistake. */
export function answerError(cause: unknown, { requestId, publicUrl }: AnswerContext): ErrorAnswer {
  const rejection = rejectionOf(cause);
  const { status, error, message } = errorCatalogue[rejection.code];
  return {
    // Codes with status 0 exist for failed messages only; as an answer to a request they are a conflict with its state.
    status: status === 0 ? 409 : status,
    headers: headersOf(rejection),
    body: {
      error,
      message: rejection.message ?? message,
      code: rejection.code,
      requestId,
      docUrl: publicUrl + errorDocPath(rejection.code),
      ...(rejection.param === undefined ? {} : { param: rejection.param }),
      ...(rejection.details === undefined ? {} : { details: rejection.details }),
    },
  };
}

function rejectionOf(cause: unknown): RejectionBody {
  if (cause instanceof ApiError) return cause.rejection;
  if (!(cause instanceof Error)) return isRejectionBody(cause) ? cause : { code: 'INTERNAL_ERROR' };
  const { code, statusCode } = cause as FrameworkError;
  const known = codeByFrameworkError[code ?? ''];
  const callersFault = code?.startsWith('FST_') && statusCode !== undefined && statusCode < 500;
  return { code: known ?? (callersFault ? 'BAD_REQUEST' : 'INTERNAL_ERROR') };
}
interface FrameworkError extends Error {
  code?: string;
  statusCode?: number;
}

const isRejectionBody = (value: unknown): value is RejectionBody =>
  typeof value === 'object' && value !== null && isErrorCode(String((value as { code?: unknown }).code));

function headersOf({ code, details }: RejectionBody): Record<string, string> {
  const { status } = errorCatalogue[code];
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503 && code !== 'IDEMPOTENCY_IN_PROGRESS') return {};
  const seconds = Number(details?.retryAfterSeconds);
  return { 'retry-after': String(seconds > 0 ? Math.ceil(seconds) : defaultRetryAfterSeconds) };
}
