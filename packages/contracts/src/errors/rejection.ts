import type { ErrorCode } from './catalogue.ts';

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
