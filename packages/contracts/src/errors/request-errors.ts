/** What is wrong with the request itself, whoever sends it. */
import { entry } from './entry.ts';

export const requestErrors = {
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
    'The Content-Type header is missing or names another type, or the body is compressed.',
    'Send the header Content-Type: application/json; for a file text/csv or application/x-ndjson. Send no Content-Encoding.',
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
    'The request line, a header or the path encoding is broken, or the request did not arrive whole within 30 s.',
    'Send a well-formed HTTP/1.1 request, without a pause in it.',
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
  IDEMPOTENCY_KEY_REUSED: entry(
    409,
    'Idempotency key reused',
    'This Idempotency-Key was used with a different request',
    'For 24 hours a key stands for one request: the operation, its path and query, and its body.',
    'Use a new key for a new request.',
  ),
  IDEMPOTENCY_IN_PROGRESS: entry(
    409,
    'Request in progress',
    'A request with this Idempotency-Key is being carried out',
    'The first request with this key has not been answered yet, or was cut off before it was.',
    'Repeat it with the same key after the time in Retry-After.',
    true,
  ),
  CONFLICT: entry(
    409,
    'Conflict',
    'Another request changed the same thing at the same moment',
    'Two writers met on one aggregate and the retries were used up.',
    'Repeat the request.',
    true,
  ),
} as const;
