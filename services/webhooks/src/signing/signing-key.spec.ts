import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSigningKey } from './signing-key.ts';

it('a key signs as HMAC-SHA256 does, whatever its length and the text, one text after another', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3_000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), texts, (secret, all) => {
      const key = createSigningKey(Buffer.from(secret));
      for (const text of all) expect(key.sign(text)).toBe(createHmac('sha256', secret).update(text).digest('base64'));
    }),
  );
});
