/**
 * Refresh tokens: `wrt_` and 256 random bits, of which only the SHA-256 is kept. Each works once. All that descend from one login are a
 * family; a token that is used a second time is in two hands, so the whole family ends (RFC 9700, 4.14.2). There is no grace for a client
 * that lost its answer: it logs in again.
 */
import { createHash, randomBytes } from 'node:crypto';

export const refreshTokenTtlMs = 30 * 24 * 60 * 60 * 1000;

export const newRefreshToken = (): string => `wrt_${randomBytes(32).toString('base64url')}`;
export const hashRefreshToken = (token: string): Buffer => createHash('sha256').update(token).digest();

export interface StoredRefreshToken {
  family: string;
  tenant: string;
  expiresAt: Date;
  spentAt: Date | null;
}

/** What the use of a token means. Pure. */
export function judgeRefreshToken(
  token: StoredRefreshToken | undefined,
  now: Date,
): 'good' | 'unknown' | 'expired' | 'reused' {
  if (token === undefined) return 'unknown';
  if (token.spentAt !== null) return 'reused';
  return now < token.expiresAt ? 'good' : 'expired';
}
