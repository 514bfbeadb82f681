import type { SealContext } from '@wam/service-kit';
import { type SealedSchema, sql } from '@wam/service-kit/postgres';
import { engineSchema } from './tables.ts';

/** Where each sealed value lies; an envelope opens only there. `creds` is the type of the credentials, with an empty id. */
export const signalContext = (tenant: string, sessionId: string, type: string, id: string): SealContext => ({
  tenant,
  purpose: 'signal',
  id: `${sessionId}:${type}:${id}`,
});
export const outboundContext = (tenant: string, messageId: string): SealContext => ({
  tenant,
  purpose: 'outbound',
  id: messageId,
});

/** Everything this service keeps sealed, for a new key. */
export const engineSealed: SealedSchema = {
  schema: engineSchema,
  columns: [
    {
      table: 'wa_session',
      column: 'creds',
      key: { id: 'uuid' },
      also: sql`tenant`,
      contextOf: ({ tenant, id }) => signalContext(String(tenant), String(id), 'creds', ''),
    },
    {
      table: 'signal_key',
      column: 'sealed',
      key: { session_id: 'uuid', type: 'text', id: 'text' },
      also: sql`(select s.tenant from wa_session s where s.id = session_id) as tenant`,
      contextOf: ({ tenant, session_id, type, id }) =>
        signalContext(String(tenant), String(session_id), String(type), String(id)),
    },
    {
      table: 'outbound',
      column: 'sealed',
      key: { message_id: 'text' },
      also: sql`tenant`,
      contextOf: ({ tenant, message_id }) => outboundContext(String(tenant), String(message_id)),
    },
  ],
};
