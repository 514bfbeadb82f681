import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSignalValue, encodeSignalValue } from './signal-value-codec.ts';

const roundTrip = (value: unknown, type = 'app-state-sync-version') =>
  decodeSignalValue(encodeSignalValue(type, value));

const leaf = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const key = fc
  .oneof(fc.string(), fc.constantFrom('$bytes', '$bigint', '$$bytes', 'type', 'data', '1', '2'))
  .filter((k) => k !== '__proto__');
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('The codec of Signal values', () => {
  it('gives back exactly what went in, bytes as Buffers', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(roundTrip(value)).toStrictEqual(value);
      }),
    );
  });

  it('keeps objects that look like encoded bytes', () => {
    for (const value of [
      { type: 'Buffer', data: 'aGk=' },
      { type: 'Buffer', data: [1, 2] },
      { '1': 2, '3': 4 },
      { $bytes: 'aGk=' },
    ]) {
      expect(roundTrip(value)).toStrictEqual(value);
    }
  });

  it('turns a plain Uint8Array into a Buffer, which libsignal insists on', () => {
    const value = roundTrip({ private: new Uint8Array([1, 2, 3]) }) as { private: Buffer };
    expect(Buffer.isBuffer(value.private)).toBe(true);
    expect([...value.private]).toEqual([1, 2, 3]);
  });

  it('keeps the bytes of a view into a larger buffer only', () => {
    const view = new Uint8Array(new Uint8Array([9, 9, 1, 2, 9]).buffer, 2, 2);
    expect(roundTrip({ view })).toEqual({ view: Buffer.from([1, 2]) });
  });

  it('keeps session records, skipped message keys with numeric names included', () => {
    const record = {
      _sessions: { abc: { _chains: { k: { messageKeys: { '0': 'AA==', '7': 'BB==' }, chainKey: { counter: 3 } } } } },
      version: 'v1',
    };
    expect(roundTrip(record, 'session')).toStrictEqual(record);
  });
});
