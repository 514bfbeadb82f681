import { idempotencyKeyHeader, idempotencyKeyPattern } from '@wam/contracts';
import { ApiError } from '../http/api-error.ts';

export const idempotencyKeyField = idempotencyKeyHeader.name.toLowerCase();
const wellFormed = new RegExp(idempotencyKeyPattern);

/** @throws ApiError VALIDATION_FAILED */
export function readIdempotencyKey(value: string | string[]): string {
  if (typeof value === 'string' && wellFormed.test(value)) return value;
  throw new ApiError('VALIDATION_FAILED', {
    param: idempotencyKeyHeader.name,
    message: `${idempotencyKeyHeader.name} must be 1 to 255 visible ASCII characters, such as a random UUID`,
  });
}
