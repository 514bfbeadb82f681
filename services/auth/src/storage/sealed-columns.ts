import { type SealedSchema, sql } from '@wam/service-kit/postgres';
import { onceAnswerContext } from '../idempotency/sealed-answers.ts';
import { signingKeyContext } from '../signing-key/signing-key-table.ts';
import { authSchema } from './schema.ts';

/** Everything this service keeps sealed, for a new key. */
export const authSealed: SealedSchema = {
  schema: authSchema,
  columns: [
    {
      table: 'signing_key',
      column: 'sealed_private_jwk',
      key: { kid: 'text' },
      contextOf: ({ kid }) => signingKeyContext(String(kid)),
    },
    {
      table: 'once',
      column: 'answer',
      key: { id: 'text' },
      also: sql`tenant`,
      contextOf: ({ tenant, id }) => onceAnswerContext(String(tenant), String(id)),
    },
  ],
};
