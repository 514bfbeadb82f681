import { type OperationDefinition, takesIdempotencyKey } from '../operation.ts';
import type { ErrorCode } from './catalogue.ts';

/** Answers to requests that are no operation's, or are broken before it is known whose they are. */
export const edgeErrors: readonly ErrorCode[] = [
  'ROUTE_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'BAD_REQUEST',
  'HEADERS_TOO_LARGE',
  'UPGRADE_REQUIRED',
  'ORIGIN_NOT_ALLOWED',
];

/** Every code the operation may answer with: its own ones, and those that follow from what it takes and who may call it. */
export function errorsOf(operation: OperationDefinition): ErrorCode[] {
  const codes = new Set<ErrorCode>([...operation.errors, 'RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'INTERNAL_ERROR']);
  const add = (...more: ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (operation.body) add('MALFORMED_JSON', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE');
  if (operation.body || operation.params || operation.query) add('VALIDATION_FAILED');
  if (operation.route.via === 'upload') add('UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE');
  if (operation.auth === 'account') add('UNAUTHORIZED', 'SCOPE_MISSING');
  if (takesIdempotencyKey(operation)) add('IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS', 'VALIDATION_FAILED');
  if (operation.feature) add('FEATURE_NOT_IN_PLAN');
  if (operation.quota) add('DAILY_LIMIT_REACHED');
  if (operation.errors.includes('SESSION_NOT_FOUND')) add('TEST_KEY_ON_LIVE_SESSION');
  if (operation.route.via === 'command') add('CONFLICT', 'SESSION_BUSY');
  if (operation.route.via === 'command' && operation.route.session?.includes('new')) add('SESSION_LIMIT_REACHED');
  return [...codes];
}
