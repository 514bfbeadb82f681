/**
 * The one error catalogue. Every failed answer of the API carries one of these codes; `docs/errors.md`, the OpenAPI document and the
 * client derive from it. `error` and `message` are what the caller reads, `cause` and `fix` become the documentation of the code.
 */
import Type, { type Static } from 'typebox';

interface CatalogueEntry {
  /** HTTP status, or 0 for codes that only appear as the reason of a failed message. */
  status: number;
  error: string;
  message: string;
  cause: string;
  fix: string;
  /** Whether the same request may succeed later without a change. */
  retryable: boolean;
}
const entry = (
  status: number,
  error: string,
  message: string,
  cause: string,
  fix: string,
  retryable = false,
): CatalogueEntry => ({ status, error, message, cause, fix, retryable });

export const errorCatalogue = {
  VALIDATION_FAILED: entry(
    400,
    'Invalid request',
    'The request does not match the schema of this endpoint',
    'A field is missing, unknown, of the wrong type or out of range; `param` names it.',
    'Correct the named field. The schema of each endpoint is in /openapi.json.',
  ),
  MALFORMED_JSON: entry(
    400,
    'Malformed JSON',
    'The request body is not valid JSON',
    'The body could not be parsed, or a key that could change object prototypes was used.',
    'Send valid JSON encoded as UTF-8.',
  ),
  UNSUPPORTED_MEDIA_TYPE: entry(
    415,
    'Unsupported media type',
    'The request body must be application/json',
    'The Content-Type header is missing or names another type.',
    'Send the header Content-Type: application/json.',
  ),
  PAYLOAD_TOO_LARGE: entry(
    413,
    'Payload too large',
    'The request body is larger than 1 MB',
    'Bodies are limited to 1,048,576 bytes.',
    'Split the request into smaller ones.',
  ),
  HEADERS_TOO_LARGE: entry(
    431,
    'Request header fields too large',
    'The request headers are larger than 16 kB',
    'All headers together are limited to 16 kB.',
    'Send fewer or shorter headers.',
  ),
  BAD_REQUEST: entry(
    400,
    'Bad request',
    'The request could not be understood',
    'The request line, a header or the path encoding is broken.',
    'Send a well-formed HTTP/1.1 request.',
  ),
  UNAUTHORIZED: entry(
    401,
    'Unauthorized',
    'Missing or invalid authentication token',
    'No token was sent, or it is expired, malformed or not issued by this installation.',
    'Log in again and send Authorization: Bearer <token>.',
  ),
  INVALID_CREDENTIALS: entry(
    401,
    'Invalid credentials',
    'E-mail or password is wrong',
    'No account has this e-mail and password.',
    'Check both; register first if there is no account yet.',
  ),
  FEATURE_NOT_IN_PLAN: entry(
    403,
    'Feature not available',
    'This feature is not part of your plan',
    'The plan of the account does not include the feature.',
    'Change to a plan that includes it; the message names the first one that does.',
  ),
  SESSION_LIMIT_REACHED: entry(
    403,
    'Session limit reached',
    'Your plan does not allow another session',
    'The account already has as many sessions as its plan includes.',
    'Delete a session or change to a larger plan.',
  ),
  INVALID_REFRESH_TOKEN: entry(
    401,
    'Invalid refresh token',
    'The refresh token is expired, used already or unknown',
    'Each refresh token works once and for 30 days; a second use ends the logins that descend from it.',
    'Log in again.',
  ),
  WRONG_PASSWORD: entry(
    403,
    'Wrong password',
    'The current password is wrong',
    'Changing the password needs the current one.',
    'Repeat with the current password.',
  ),
  SCOPE_MISSING: entry(
    403,
    'Scope missing',
    'This API key may not do that',
    'The operation needs a scope that the key was not given, or a logged-in user.',
    'Use a key with the scope named in the message, or log in.',
  ),
  TEST_KEY_ON_LIVE_SESSION: entry(
    403,
    'Test key on a live session',
    'A test key reaches sandbox sessions only',
    'The session is linked to the real network.',
    'Use a live key, or a session of the sandbox.',
  ),
  DAILY_LIMIT_REACHED: entry(
    429,
    'Daily limit reached',
    'The messages of your plan for today are used up',
    'Each plan has a number of messages a day, in the time zone of the account.',
    'Wait until `details.resetsAt`, or change to a larger plan.',
    true,
  ),
  API_KEY_LIMIT_REACHED: entry(
    409,
    'Too many API keys',
    'An account has at most 50 API keys',
    'Fifty keys exist already.',
    'Revoke one that is not used any more.',
  ),
  API_KEY_NOT_FOUND: entry(
    404,
    'API key not found',
    'The requested API key does not exist',
    'No key of this account has this id.',
    'List your keys with GET /api/keys.',
  ),
  MESSAGE_NOT_RESENDABLE: entry(
    409,
    'Message not resendable',
    'Only failed messages can be sent again',
    'The message is on its way or has arrived, or its text is not kept any more.',
    'Check its status; send a new message instead.',
  ),
  IDEMPOTENCY_IN_PROGRESS: entry(
    409,
    'Request in progress',
    'A request with this Idempotency-Key is being carried out',
    'The first request with this key has not been answered yet.',
    'Repeat it in a moment.',
    true,
  ),
  ROUTE_NOT_FOUND: entry(
    404,
    'Not found',
    'There is no such endpoint',
    'The path is not part of the API.',
    'Check the path against /openapi.json.',
  ),
  METHOD_NOT_ALLOWED: entry(
    405,
    'Method not allowed',
    'This endpoint does not support this method',
    'The path exists, but not with this HTTP method.',
    'Use one of the methods in the Allow header.',
  ),
  SESSION_NOT_FOUND: entry(
    404,
    'Session not found',
    'The requested session does not exist or has been deleted',
    'No session of this account has this id.',
    'List your sessions with GET /api/sessions.',
  ),
  MESSAGE_NOT_FOUND: entry(
    404,
    'Message not found',
    'The requested message does not exist',
    'No message of this account has this id.',
    'Use the messageId returned by the send endpoint.',
  ),
  CAMPAIGN_NOT_FOUND: entry(
    404,
    'Campaign not found',
    'The requested campaign does not exist',
    'No campaign of this account has this id.',
    'Use the campaignId returned by the bulk-send endpoint.',
  ),
  ACCOUNT_NOT_FOUND: entry(
    404,
    'Account not found',
    'The account does not exist any more',
    'The account behind the token has been closed.',
    'Register again.',
  ),
  EMAIL_TAKEN: entry(
    409,
    'E-mail already registered',
    'An account with this e-mail already exists',
    'E-mails are unique, whatever their case.',
    'Log in instead, or register with another e-mail.',
  ),
  SESSION_NOT_CONNECTED: entry(
    409,
    'Session not connected',
    'The session is not connected to WhatsApp',
    'The session waits for its QR code, was logged out or is offline.',
    'Check GET /api/sessions/:sessionId/status, then connect it or scan its QR code.',
    true,
  ),
  SESSION_ALREADY_CONNECTED: entry(
    409,
    'Session already connected',
    'The session is connected already',
    'The operation only makes sense while the session is not linked.',
    'Nothing to do; or delete the session to link another phone.',
  ),
  CONFLICT: entry(
    409,
    'Conflict',
    'Another request changed the same thing at the same moment',
    'Two writers met on one aggregate and the retries were used up.',
    'Repeat the request.',
    true,
  ),
  IDEMPOTENCY_KEY_REUSED: entry(
    409,
    'Idempotency key reused',
    'This Idempotency-Key was used with a different request',
    'A key stands for one request body for at least 24 hours.',
    'Use a new key for a new request.',
  ),
  NOT_ON_WHATSAPP: entry(
    422,
    'Number not on WhatsApp',
    'The recipient is not registered on WhatsApp',
    'WhatsApp knows no device of this number.',
    'Check the number, including its country code.',
  ),
  RECIPIENT_RESTRICTED: entry(
    422,
    'Recipient refused',
    'WhatsApp does not let this number start new chats at the moment',
    'WhatsApp answered 463: the account is limited in contacting people who have not written to it.',
    'Pause new contacts for some hours; message people who wrote first.',
    true,
  ),
  WHATSAPP_REJECTED: entry(
    422,
    'Rejected by WhatsApp',
    'WhatsApp refused the message',
    'The server answered the message with an error code; `details.whatsappCode` has it.',
    'See the code; usually the content or the recipient is at fault.',
  ),
  SESSION_BUSY: entry(
    429,
    'Session busy',
    'Too many messages are waiting for this session',
    'The queue of one session is bounded so that it cannot delay others.',
    'Retry after the time in Retry-After, or use bulk-send.',
    true,
  ),
  RATE_LIMITED: entry(
    429,
    'Too many requests',
    'Rate limit exceeded',
    'More requests than the plan allows in the window.',
    'Wait until X-RateLimit-Reset.',
    true,
  ),
  TOO_MANY_RECIPIENTS: entry(
    400,
    'Too many recipients',
    'One bulk-send takes at most 10,000 contacts',
    'The contacts array is too long.',
    'Split the contacts over several requests.',
  ),
  SANDBOX_QR_INVALID: entry(
    400,
    'QR code not readable',
    'The image or text is not a WhatsApp QR code',
    'The simulated phone could not read a linking code from it.',
    'Send the qrCode exactly as GET /api/sessions/:sessionId/qr returned it.',
  ),
  SANDBOX_QR_EXPIRED: entry(
    410,
    'QR code expired',
    'This QR code is no longer valid',
    'The code was replaced, or its session is not waiting any more.',
    'Fetch a new one with GET /api/sessions/:sessionId/qr.',
    true,
  ),
  SANDBOX_PHONE_IN_USE: entry(
    409,
    'Phone in use',
    'This simulated phone belongs to another account',
    'The number is linked to a session of another account.',
    'Choose another number, or leave `phone` out.',
  ),
  SANDBOX_PHONE_NOT_LINKED: entry(
    404,
    'Phone not linked',
    'No sandbox session of this account is linked to that number',
    'The number is unknown, or linked by nobody of this account.',
    'Scan a QR code with that phone first.',
  ),
  SANDBOX_FAULT_INVALID: entry(
    400,
    'Invalid fault',
    'This fault is not known',
    'The fault kind or its parameters are not supported.',
    'See the list of faults in the sandbox guide.',
  ),
  SANDBOX_DISABLED: entry(
    404,
    'Sandbox disabled',
    'This installation runs without the sandbox',
    'The sandbox network is switched off.',
    'Start it with --target=sandbox or in development mode.',
  ),
  SERVICE_UNAVAILABLE: entry(
    503,
    'Service unavailable',
    'A part of the platform is not reachable at the moment',
    'A service did not answer in time; nothing was accepted.',
    'Retry after the time in Retry-After.',
    true,
  ),
  INTERNAL_ERROR: entry(
    500,
    'Internal error',
    'Something went wrong on our end',
    'A defect; the request id leads to the log line.',
    'Retry; report the requestId if it stays.',
    true,
  ),
  MESSAGE_EXPIRED: entry(
    0,
    'Message expired',
    'The message could not be sent before its deadline',
    'The session stayed offline, or the queue was too long, until the deadline of the message.',
    'Send it again when the session is connected.',
    true,
  ),
  SESSION_DELETED: entry(
    0,
    'Session deleted',
    'The session was deleted before the message was sent',
    'Deleting a session ends its waiting messages.',
    'Send it through another session.',
  ),
  SESSION_LOGGED_OUT: entry(
    0,
    'Session logged out',
    'The phone unlinked this session before the message was sent',
    'The session must be linked again before it can send.',
    'Connect the session and scan a new QR code.',
  ),
  SEND_FAILED: entry(
    0,
    'Send failed',
    'The message could not be sent after several attempts',
    'Encryption or the connection failed each time.',
    'Send it again; report the messageId if it stays.',
    true,
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as ErrorCode[];
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code);

/** Base of `docUrl`; the gateway serves the page itself, so that it works offline. */
export const errorDocPath = (code: ErrorCode): string => `/docs/errors#${code}`;

export const ErrorBody = Type.Object(
  {
    error: Type.String({ description: 'Short title' }),
    message: Type.String({ description: 'What went wrong, in a sentence' }),
    code: Type.String({ description: 'Stable code from the error catalogue' }),
    requestId: Type.String({ description: 'Also in the X-Request-Id header' }),
    docUrl: Type.String({ description: 'Cause and fix of this code' }),
    param: Type.Optional(Type.String({ description: 'The field at fault' })),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { title: 'Error', additionalProperties: false },
);
export type ErrorBody = Static<typeof ErrorBody>;

/** A refusal that is part of the domain: `decide` returns it, it is never thrown. */
export interface Rejection {
  kind: 'rejection';
  code: ErrorCode;
  message?: string;
  param?: string;
  details?: Record<string, unknown>;
}
export const reject = (code: ErrorCode, more: Omit<Rejection, 'kind' | 'code'> = {}): Rejection => ({
  kind: 'rejection',
  code,
  ...more,
});
export const isRejection = (value: unknown): value is Rejection =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rejection';
