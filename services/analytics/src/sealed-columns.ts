import { messageSealPurpose } from '@wam/contracts';
import type { SealContext } from '@wam/service-kit';
import { type SealedSchema, sql } from '@wam/service-kit/postgres';
import { schemaName } from './database.ts';

const contextOf = ({ tenant, message_id }: Readonly<Record<string, unknown>>): SealContext => ({
  tenant: String(tenant),
  purpose: messageSealPurpose,
  id: String(message_id),
});

/** Everything this service keeps sealed, for a new key: what it shows of received messages, and the archive of the log. */
export const analyticsSealed: SealedSchema = {
  schema: schemaName,
  columns: [
    {
      table: 'message_view',
      column: 'received',
      form: 'json-text',
      key: { message_id: 'text', tenant: 'uuid' },
      contextOf,
    },
    {
      table: 'event_log',
      column: 'data',
      form: 'json',
      key: { incarnation: 'text', seq: 'int8', at: 'timestamptz' },
      also: sql`tenant, data ->> 'messageId' as message_id`,
      contextOf,
    },
  ],
};
