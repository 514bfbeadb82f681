import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyTimes, overlapMs, signerAt, upcomingAt, verifiesUntilMs, verifyingAt } from './key-times.ts';

const day = 86_400_000;
const key = (kid: string, signsFromMs: number, longestTokenMs = day): KeyTimes => ({
  kid,
  signsFromMs,
  longestTokenMs,
});
const kids = (keys: readonly KeyTimes[]) => keys.map(({ kid }) => kid);
const first = key('first', 0);
const second = key('second', 10 * day);

describe('while there is one key', () => {
  it('signs and verifies for ever', () => {
    expect(signerAt([first], 1_000 * day)?.kid).toBe('first');
    expect(verifiesUntilMs(first, [first])).toBe(Number.POSITIVE_INFINITY);
  });
  it('signs for a process whose clock is behind its maker too', () => {
    expect(signerAt([first], -5)?.kid).toBe('first');
  });
});

describe('a new key', () => {
  const keys = [second, first];
  it('is published before it signs', () => {
    const before = second.signsFromMs - 1;
    expect(kids(verifyingAt(keys, before))).toContain('second');
    expect(signerAt(keys, before)?.kid).toBe('first');
    expect(upcomingAt(keys, before)?.kid).toBe('second');
  });
  it('signs from its time on', () => {
    expect(signerAt(keys, second.signsFromMs)?.kid).toBe('second');
    expect(upcomingAt(keys, second.signsFromMs)).toBeUndefined();
  });
  it('retires the one before it when the last of its tokens has expired', () => {
    const end = second.signsFromMs + day + overlapMs;
    expect(kids(verifyingAt(keys, end - 1))).toEqual(['second', 'first']);
    expect(kids(verifyingAt(keys, end))).toEqual(['second']);
  });
});

it('every token verifies until it expires, however keys are rotated and lives of tokens change', () => {
  const rotations = fc.uniqueArray(fc.integer({ min: 0, max: 100 * day }), { minLength: 1, maxLength: 8 });
  const life = fc.integer({ min: 60_000, max: 5 * day });
  fc.assert(
    fc.property(
      rotations,
      fc.array(life, { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 120 * day }),
      fc.integer({ min: 0, max: overlapMs - 1 }),
      (starts, lives, issuedMs, lateMs) => {
        const keys = starts.map((start, i) => key(`key${i}`, start, lives[i]));
        // A process that looks late, or whose clock is, signs with the key of a while ago.
        const signer = signerAt(keys, issuedMs - lateMs)!;
        const expiresMs = issuedMs + signer.longestTokenMs;
        expect(kids(verifyingAt(keys, issuedMs))).toContain(signer.kid);
        expect(kids(verifyingAt(keys, expiresMs - 1))).toContain(signer.kid);
      },
    ),
  );
});
