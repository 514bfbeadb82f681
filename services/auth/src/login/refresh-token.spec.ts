import { describe, expect, it } from 'vitest';
import { hashRefreshToken, judgeRefreshToken, newRefreshToken } from './refresh-token.ts';

const now = new Date('2026-01-15T00:00:00.000Z');
const later = new Date('2026-01-16T00:00:00.000Z');
const earlier = new Date('2026-01-14T00:00:00.000Z');
const stored = { family: 'f', tenant: 't', expiresAt: later, spentAt: null };

describe('a refresh token', () => {
  it('is good until it expires', () => {
    expect(judgeRefreshToken(stored, now)).toBe('good');
    expect(judgeRefreshToken({ ...stored, expiresAt: now }, now)).toBe('expired');
    expect(judgeRefreshToken({ ...stored, expiresAt: earlier }, now)).toBe('expired');
  });
  it('is good once', () => {
    expect(judgeRefreshToken({ ...stored, spentAt: earlier }, now)).toBe('reused');
    expect(judgeRefreshToken({ ...stored, spentAt: now }, now)).toBe('reused');
  });
  it('that nobody knows is unknown', () => {
    expect(judgeRefreshToken(undefined, now)).toBe('unknown');
  });
  it('has 256 bits of chance and is stored as its hash', () => {
    const token = newRefreshToken();
    expect(token).toMatch(/^wrt_[\w-]{43}$/);
    expect(newRefreshToken()).not.toBe(token);
    expect(hashRefreshToken(token)).toHaveLength(32);
  });
});
