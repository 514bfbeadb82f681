/** AsyncAPI 3.0 of the event log. */
import type { TObject } from 'typebox';
import { EventEnvelope } from '../src/envelope.ts';
import { ComponentRegistry } from './document-schema.ts';

type EventSchemas = Record<string, Record<string, TObject>>;

/** One document per event type: the whole envelope with this type's `data`. */
export function eventDocument(
  type: string,
  data: TObject,
  registry = new ComponentRegistry(),
): Record<string, unknown> {
  const envelope = registry.toDocument(EventEnvelope) as { properties: Record<string, unknown> };
  return {
    ...envelope,
    properties: { ...envelope.properties, type: { const: type }, v: { const: 1 }, data: registry.toDocument(data) },
  };
}

export function buildAsyncApi(events: EventSchemas, version: string): Record<string, unknown> {
  const channels: Record<string, unknown> = {};
  const operations: Record<string, unknown> = {};
  const messages: Record<string, unknown> = {};
  for (const [domain, types] of Object.entries(events)) {
    channels[domain] = {
      address: `evt.${domain}.{tenant}.{aggregateId}`,
      parameters: {
        tenant: { description: 'Account id' },
        aggregateId: { description: `Id of the ${domain} or its session` },
      },
      messages: Object.fromEntries(Object.keys(types).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    };
    operations[`on-${domain}`] = { action: 'send', channel: { $ref: `#/channels/${domain}` } };
    for (const [type, data] of Object.entries(types)) {
      messages[type] = { name: type, contentType: 'application/json', payload: eventDocument(type, data) };
    }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'WAMessenger events',
      version,
      description: 'Every stored event; `rt.` before the address is the live copy.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages },
  };
}
