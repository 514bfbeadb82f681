/** Projection number zero: every event of the log as a row, faithful enough to rebuild all others from. */
import { type AnyEvent, EventEnvelope } from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';
import { Compile } from 'typebox/compile';
import { storableText } from '../storable-text.ts';

export interface ArchivedEvent {
  incarnation: string;
  seq: number;
  /** ISO 8601; decides the monthly partition. */
  at: string;
  subject: string;
  type: string;
  tenant: string;
  id: string;
  v: number;
  version: number;
  correlationId: string;
  causationId: string;
  /** JSON text. */
  data: string;
}

/** Stored in the log but no event: a defect of its writer. Archived whole, under this type, and read by nobody. */
export const unreadableType = '$unreadable';
const nobody = '00000000-0000-0000-0000-000000000000';
const noInstant = '1970-01-01T00:00:00.000Z';

const isEnvelope = Compile(EventEnvelope);

/** @param isKnown its shape was found good already */
export function archive(incarnation: string, { seq, subject, event }: StoredEvent, isKnown = false): ArchivedEvent {
  const row = { incarnation, seq, subject };
  if (!(isKnown || isEnvelope.Check(event)) || Number.isNaN(Date.parse(event.at))) {
    const nothing = { v: 0, version: 0, correlationId: '', causationId: '' };
    const data = storableJson(event ?? {});
    return { ...row, ...nothing, at: noInstant, type: unreadableType, tenant: nobody, id: String(seq), data };
  }
  const { at, type, tenant, id, v, version, correlationId, causationId, data } = event;
  return {
    ...row,
    at,
    type: storableText(type),
    tenant,
    id: storableText(id),
    v,
    version,
    correlationId: storableText(correlationId),
    causationId: storableText(causationId),
    data: storableJson(data ?? {}),
  };
}

/** The event as it was published. */
export function restore(row: ArchivedEvent): StoredEvent {
  const { type, v, tenant, at, id, version, correlationId, causationId } = row;
  const data: unknown = JSON.parse(row.data);
  const event: AnyEvent = { id, type, v, tenant, at, correlationId, version, causationId, data };
  return { seq: row.seq, subject: row.subject, event, headers: {} };
}

const doubtful = /\\u(?:0000|d[89a-f])/i;

/** Where somebody looks into it, Postgres takes neither U+0000 nor half a surrogate pair, not even escaped. */
function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // The first look takes a thirtieth of the second.
  return text.includes('\\u') && doubtful.test(text) ? JSON.stringify(storable(value)) : text;
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]));
}
