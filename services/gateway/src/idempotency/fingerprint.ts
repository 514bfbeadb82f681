import { hash } from 'node:crypto';
import type { OperationDefinition, Principal } from '@wam/contracts';

export interface AskedInput {
  params: unknown;
  query: unknown;
  body: unknown;
}

/**
 * Hex SHA-256 of what is asked for, as validated: the order of fields does not matter, what the schema does not know is not in it. The mode
 * is part of it, so that a test key never reads what a live one was answered.
 */
export const fingerprintOf = (
  { id, query: querySchema, body: bodySchema }: Pick<OperationDefinition, 'id' | 'query' | 'body'>,
  { mode }: Pick<Principal, 'mode'>,
  { params, query, body }: AskedInput,
): string =>
  hash('sha256', JSON.stringify([id, mode, params, querySchema && query, bodySchema && body], withSortedFields), 'hex');

function withSortedFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
