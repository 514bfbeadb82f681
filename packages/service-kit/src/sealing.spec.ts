import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSealer, deriveKek, keyIdOf, SealError, type Sealer, type SealFault } from './sealing.ts';

const kek = randomBytes(32);
const sealer = createSealer({ kek });
const context = { tenant: 'tenant-a', purpose: 'signal-key', id: 'session-1/pre-key-7' };
const faultOf = (open: () => unknown): SealFault | 'opened' => {
  try {
    open();
    return 'opened';
  } catch (error) {
    if (error instanceof SealError) return error.fault;
    throw error;
  }
};

describe('a sealed envelope', () => {
  test('opens to what was sealed, bytes or text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (plaintext) =>
        sealer.open(context, sealer.seal(context, plaintext)).equals(plaintext),
      ),
    );
    expect(sealer.open(context, sealer.seal(context, 'Grüße')).toString()).toBe('Grüße');
  });

  test('is different each time and does not show its content', () => {
    const first = sealer.seal(context, 'the secret');
    expect(first.equals(sealer.seal(context, 'the secret'))).toBe(false);
    expect(first.includes('the secret')).toBe(false);
  });

  test('does not open after any single byte was changed', () => {
    const sealed = sealer.seal(context, 'payload');
    for (let index = 0; index < sealed.length; index++) {
      const tampered = Buffer.from(sealed);
      tampered[index]! ^= 1;
      const expected = index === 0 ? 'malformed' : index <= 4 ? 'unknown-key' : 'rejected';
      expect(faultOf(() => sealer.open(context, tampered))).toBe(expected);
    }
  });

  test('does not open when cut short', () => {
    const sealed = sealer.seal(context, 'payload');
    for (let length = 0; length < sealed.length; length++)
      expect(faultOf(() => sealer.open(context, sealed.subarray(0, length)))).not.toBe('opened');
  });

  test('does not open for another tenant, purpose or id, however the texts are divided', () => {
    const sealed = sealer.seal(context, 'payload');
    const others = [
      { ...context, tenant: 'tenant-b' },
      { ...context, purpose: 'creds' },
      { ...context, id: 'session-2/pre-key-7' },
      { tenant: context.tenant, purpose: 'signal-keyses', id: context.id.slice(3) },
    ];
    for (const other of others) expect(faultOf(() => sealer.open(other, sealed))).toBe('rejected');
    const joined = createSealer({ kek });
    const ambiguous = joined.seal({ tenant: 't', purpose: 'ab', id: 'c' }, 'x');
    expect(faultOf(() => joined.open({ tenant: 't', purpose: 'a', id: 'bc' }, ambiguous))).toBe('rejected');
  });
});

describe('rotation', () => {
  test('a new key opens what the retired one sealed, and seals with its own', () => {
    const rotated = createSealer({ kek: randomBytes(32), retiredKeks: [kek] });
    const old = sealer.seal(context, 'old');
    expect(rotated.open(context, old).toString()).toBe('old');
    const renewed = rotated.seal(context, 'new');
    expect(faultOf(() => sealer.open(context, renewed))).toBe('unknown-key');
  });

  test('copies of an envelope are the same after it as well', () => {
    const rotated = createSealer({ kek: randomBytes(32), retiredKeks: [kek] });
    const old = sealer.seal(context, 'text');
    const renewed = rotated.reseal(context, old);
    expect(rotated.reseal(context, old).equals(renewed)).toBe(true);
    expect(rotated.open(context, renewed).toString()).toBe('text');
    expect(rotated.reseal(context, sealer.seal(context, 'text')).equals(renewed)).toBe(false);
  });

  test('what is sealed now can be told from what is not, without opening it', () => {
    const rotated = createSealer({ kek: randomBytes(32), retiredKeks: [kek], purposesWithOwnKey: ['message'] });
    const isCurrent = (sealed: Buffer) => rotated.currentKeyIds().some((id) => id.equals(keyIdOf(sealed)));
    expect(isCurrent(rotated.seal(context, 'new'))).toBe(true);
    expect(isCurrent(rotated.seal({ ...context, purpose: 'message' }, 'new'))).toBe(true);
    expect(isCurrent(sealer.seal(context, 'old'))).toBe(false);
    expect(rotated.knowsKeyId(keyIdOf(rotated.seal(context, 'new')))).toBe(true);
    for (const noEnvelope of [Buffer.alloc(0), Buffer.of(1, 2), Buffer.from('text')])
      expect(rotated.knowsKeyId(keyIdOf(noEnvelope))).toBe(false);
  });

  test('a key of the wrong length is refused', () => {
    expect(() => createSealer({ kek: randomBytes(16) })).toThrow(RangeError);
  });
});

test('the cache of tenant keys may be smaller than the number of tenants', () => {
  const small: Sealer = createSealer({ kek, maxCachedKeys: 2 });
  const contexts = Array.from({ length: 10 }, (_, n) => ({ ...context, tenant: `tenant-${n}` }));
  const sealed = contexts.map((each) => small.seal(each, each.tenant));
  expect(contexts.map((each, n) => small.open(each, sealed[n]!).toString())).toEqual(contexts.map((c) => c.tenant));
});

describe('a purpose with a key of its own', () => {
  const purposesWithOwnKey = ['message'];
  const whole = createSealer({ kek, purposesWithOwnKey });
  const onlyMessages = createSealer({ kek: deriveKek(kek, 'message') });
  const message = { tenant: 'tenant-a', purpose: 'message', id: 'msg_1' };

  test('is opened by who has only that key, and nothing else is', () => {
    expect(onlyMessages.open(message, whole.seal(message, 'hello')).toString()).toBe('hello');
    expect(faultOf(() => onlyMessages.open(context, whole.seal(context, 'secret')))).toBe('unknown-key');
    expect(faultOf(() => onlyMessages.open(message, sealer.seal(message, 'of before')))).toBe('unknown-key');
  });

  test('is still opened where it was sealed under the common key, and under keys retired since', () => {
    expect(whole.open(message, sealer.seal(message, 'of before')).toString()).toBe('of before');
    const rotated = createSealer({ kek: randomBytes(32), retiredKeks: [kek], purposesWithOwnKey });
    expect(rotated.open(message, whole.seal(message, 'hello')).toString()).toBe('hello');
  });
});
