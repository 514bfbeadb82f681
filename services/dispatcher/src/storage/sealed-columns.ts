import { type SealedSchema, sql } from '@wam/service-kit/postgres';
import { contactContext, messageContext } from './seal-contexts.ts';
import { schemaName } from './tables.ts';

/** Everything this service keeps sealed, for a new key. */
export const dispatcherSealed: SealedSchema = {
  schema: schemaName,
  columns: [
    {
      table: 'campaign',
      column: 'message',
      key: { campaign_id: 'text' },
      also: sql`tenant`,
      contextOf: ({ tenant, campaign_id }) => messageContext(String(tenant), String(campaign_id)),
    },
    {
      table: 'campaign_recipient',
      column: 'contact',
      key: { campaign_id: 'text', position: 'int4' },
      also: sql`tenant`,
      contextOf: ({ tenant, campaign_id, position }) =>
        contactContext(String(tenant), String(campaign_id), Number(position)),
    },
  ],
};
