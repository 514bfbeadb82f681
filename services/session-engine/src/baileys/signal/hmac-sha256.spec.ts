import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256 } from './hmac-sha256.ts';

describe('HMAC-SHA256', () => {
  it('gives what node:crypto gives, however the message is cut', () => {
    const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
    fc.assert(
      fc.property(bytes(64), fc.array(bytes(700), { maxLength: 4 }), (key, parts) => {
        expect(hmacSha256(key, ...parts)).toEqual(createHmac('sha256', key).update(Buffer.concat(parts)).digest());
      }),
    );
  });

  it('refuses a key that it would have to hash first', () => {
    expect(() => hmacSha256(Buffer.alloc(65), Buffer.alloc(1))).toThrow(RangeError);
  });
});
