/** What GET /api/messages asks for, from its query. The edge has checked the form of each value; what is left is what no schema says. */
import type { listMessages, QueryOf, RejectionBody } from '@wam/contracts';
import { decodeCursor } from '../message/list-cursor.ts';
import type { MessageFilter } from '../message/list-messages.ts';

const defaultLimit = 20;

export function messageFilterOf(query: QueryOf<typeof listMessages>): MessageFilter | RejectionBody {
  const { cursor, direction = 'out', limit = defaultLimit, ...filters } = query;
  if (direction === 'in' && filters.status !== undefined)
    return invalid('status', 'status tells outgoing messages apart; incoming ones are all received');
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  if (cursor !== undefined && after === undefined)
    return invalid('cursor', 'cursor must be the nextCursor of an earlier answer');
  return { ...filters, direction, limit, ...(after === undefined ? {} : { after }) };
}

const invalid = (param: string, message: string): RejectionBody => ({ code: 'VALIDATION_FAILED', message, param });
