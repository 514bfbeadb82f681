/** The headers by which a client may send a request twice and have it carried out once. */
import Type from 'typebox';

export const idempotencyKeyPattern = '^[\\x21-\\x7e]{1,255}$';
export const idempotencyKeyHeader = {
  name: 'Idempotency-Key',
  description:
    'Makes repeating this request safe: for 24 hours the same request under the same key of the account is carried out once and answered alike. 1 to 255 visible ASCII characters; a random UUID does.',
  schema: Type.String({
    pattern: idempotencyKeyPattern,
    examples: ['0b9c5e6a-6f0e-4a8e-9d1f-2f6f2f0f8a11'],
  }),
} as const;

export const idempotentReplayedHeader = {
  name: 'Idempotent-Replayed',
  description: 'Present when the answer is that of an earlier request under the same key',
  schema: Type.Literal('true'),
} as const;
