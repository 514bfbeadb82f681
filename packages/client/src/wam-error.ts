import type { ErrorCode } from './operations.generated.ts';

/** An answer other than 2xx. `code` is one of the documented error codes; `requestId` names the call in the server's log. */
export class WamError extends Error {
  override readonly name = 'WamError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** Page with cause and fix of the code. */
  readonly docUrl: string;
  /** The field at fault, as a path such as `to` or `contacts.3`. */
  readonly param: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  /** When it may succeed, in seconds from the answer, where the platform says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: ErrorAnswer, retryAfter?: string | null) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.requestId = body.requestId;
    this.docUrl = body.docUrl;
    this.param = body.param;
    this.details = body.details;
    const seconds = Number(retryAfter ?? Number.NaN);
    this.retryAfterSeconds = Number.isNaN(seconds) ? undefined : seconds;
  }
}
export interface ErrorAnswer {
  message: string;
  code: ErrorCode;
  requestId: string;
  docUrl: string;
  param?: string;
  details?: Record<string, unknown>;
}

export function isErrorAnswer(body: unknown): body is ErrorAnswer {
  const { code, message } = (body ?? {}) as Partial<ErrorAnswer>;
  return typeof code === 'string' && typeof message === 'string';
}

/** No answer of the API: the connection failed, it took too long, or something in between answered. `cause` has the reason. */
export class WamConnectionError extends Error {
  override readonly name = 'WamConnectionError';
  /** Of what answered in between. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.status = status;
  }
}
