/** AsyncAPI 3.0 of the event log and of the doors through which accounts follow it. */
import type { TObject } from 'typebox';
import { EventEnvelope } from '../src/envelope.ts';
import { describeDoors } from './asyncapi-feed.ts';
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
  const registry = new ComponentRegistry();
  const doors = describeDoors(registry);
  for (const [domain, types] of Object.entries(events)) {
    channels[domain] = {
      servers: [{ $ref: '#/servers/bus' }],
      address: `evt.${domain}.{tenant}.{aggregateId}`,
      parameters: {
        tenant: { description: 'Account id' },
        aggregateId: { description: `Id of the ${domain} or its session` },
      },
      messages: Object.fromEntries(Object.keys(types).map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    };
    operations[`on-${domain}`] = { action: 'send', channel: { $ref: `#/channels/${domain}` } };
    for (const [type, data] of Object.entries(types)) {
      messages[type] = { name: type, contentType: 'application/json', payload: eventDocument(type, data, registry) };
    }
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'WAMessenger events',
      version,
      description:
        'What accounts can follow, over WebSocket and Socket.IO; and every stored event, for parts of the platform: `rt.` before the address is the live copy.',
    },
    servers: {
      gateway: { host: 'localhost:3000', protocol: 'ws', description: 'The installation, port of the API' },
      bus: { host: 'localhost:4222', protocol: 'nats', description: 'NATS, within the installation only' },
    },
    defaultContentType: 'application/json',
    channels: { ...doors.channels, ...channels },
    operations: { ...doors.operations, ...operations },
    components: { schemas: registry.schemas, messages: { ...doors.messages, ...messages } },
  };
}
