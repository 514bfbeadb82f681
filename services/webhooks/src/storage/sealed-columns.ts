import { type SealedColumn, type SealedSchema, sql } from '@wam/service-kit/postgres';
import { type SealPurpose, sealContext } from '../webhook/webhook-seals.ts';
import { webhooksSchema } from './schema.ts';

const ofWebhook = (column: string, purpose: SealPurpose): SealedColumn => ({
  table: 'webhook',
  column,
  key: { id: 'text' },
  also: sql`tenant`,
  contextOf: ({ tenant, id }) => sealContext(purpose, String(tenant), String(id)),
});

/** Everything this service keeps sealed, for a new key. */
export const webhooksSealed: SealedSchema = {
  schema: webhooksSchema,
  columns: [
    ofWebhook('sealed_secret', 'webhook-secret'),
    ofWebhook('sealed_previous_secret', 'webhook-secret'),
    ofWebhook('sealed_headers', 'webhook-headers'),
    {
      table: 'delivery',
      column: 'sealed_body',
      key: { webhook_id: 'text', id: 'text' },
      also: sql`tenant, event_id`,
      contextOf: ({ tenant, event_id }) => sealContext('webhook-body', String(tenant), String(event_id)),
    },
    {
      table: 'body_page',
      column: 'sealed_bodies',
      key: { id: 'text' },
      also: sql`tenant`,
      contextOf: ({ tenant, id }) => sealContext('webhook-bodies', String(tenant), String(id)),
    },
    {
      table: 'delivery',
      column: 'sealed_excerpt',
      key: { webhook_id: 'text', id: 'text' },
      also: sql`tenant`,
      contextOf: ({ tenant, id }) => sealContext('webhook-excerpt', String(tenant), String(id)),
    },
    {
      table: 'attempt',
      column: 'sealed_excerpt',
      key: { webhook_id: 'text', delivery_id: 'text', number: 'int4' },
      also: sql`(select tenant from webhook where webhook.id = attempt.webhook_id) as tenant`,
      contextOf: ({ tenant, delivery_id }) => sealContext('webhook-excerpt', String(tenant), String(delivery_id)),
    },
  ],
};
