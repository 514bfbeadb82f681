import { type SealedSchema, sql } from '@wam/service-kit/postgres';
import { contactKeyContext } from './contact-sealer.ts';
import { contactContext, messageContext, problemContext, suppressionContext, valuesContext } from './seal-contexts.ts';
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
    {
      table: 'campaign_recipient',
      column: 'values',
      key: { campaign_id: 'text', position: 'int4' },
      also: sql`tenant`,
      contextOf: ({ tenant, campaign_id, position }) =>
        valuesContext(String(tenant), String(campaign_id), Number(position)),
    },
    {
      table: 'campaign_problem',
      column: 'value',
      key: { campaign_id: 'text', ordinal: 'int4' },
      also: sql`tenant`,
      contextOf: ({ tenant, campaign_id, ordinal }) =>
        problemContext(String(tenant), String(campaign_id), Number(ordinal)),
    },
    {
      table: 'suppression',
      column: 'number',
      key: { tenant: 'uuid', contact_hash: 'bytea' },
      contextOf: ({ tenant, contact_hash }) => suppressionContext(String(tenant), contact_hash as Buffer),
    },
    { table: 'contact_key', column: 'sealed', key: { one: 'bool' }, contextOf: () => contactKeyContext },
  ],
};
