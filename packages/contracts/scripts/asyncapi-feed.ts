/** What AsyncAPI says of the doors of the feed: the plain WebSocket and Socket.IO. */
import type { TObject } from 'typebox';
import { feedClosings } from '../src/feed/closings.ts';
import { publicEventSchema, publicEvents, publicEventTypes, socketEventNames } from '../src/feed/public-events.ts';
import { clientFrames, serverFrames, socketIoFrames } from '../src/feed/socket.ts';
import type { ComponentRegistry } from './document-schema.ts';

interface DoorDescriptions {
  channels: Record<string, unknown>;
  operations: Record<string, unknown>;
  messages: Record<string, unknown>;
}

const credentials =
  'Authenticated by the header `Authorization` or `X-Api-Key`, or by `?ticket=` from POST /api/events/ticket';
const query = '`?after=<cursor>` resumes, `?session=` and `?type=` filter';

export function describeDoors(registry: ComponentRegistry): DoorDescriptions {
  const messages: DoorDescriptions['messages'] = {};
  function add(group: string, name: string, payload: Record<string, unknown>): [string, unknown] {
    const key = `${group}.${name}`;
    messages[key] = { name, contentType: 'application/json', payload };
    return [key, { $ref: `#/components/messages/${key}` }];
  }
  const framesOf = (group: string, frames: Record<string, TObject>) =>
    Object.entries(frames).map(([name, schema]) => add(group, name, registry.toDocument(schema)));
  const events = publicEventTypes.map((type) => add('feed', type, registry.toDocument(publicEventSchema(type))));
  const frames = framesOf('server', serverFrames);
  const asked = framesOf('client', clientFrames);
  const emitted = publicEventTypes.map((type) => {
    const { data: _, ...envelope } = publicEventSchema(type).properties;
    const { properties, required, ...data } = registry.toDocument(publicEvents[type]) as {
      properties: object;
      required: string[];
    };
    const flat = {
      ...data,
      properties: { ...properties, ...(JSON.parse(JSON.stringify(envelope)) as object) },
      required: [...new Set([...required, 'id', 'type', 'timestamp', 'cursor'])],
    };
    return add('socketio', socketEventNames[type] ?? type, flat);
  });
  const besides = framesOf('socketio', socketIoFrames);
  const codes = feedClosings.map(({ code, when, todo }) => `- ${code}: ${when}. ${todo}.`);
  const gateway = { servers: [{ $ref: '#/servers/gateway' }] };
  const refs = (channel: string, of: [string, unknown][]) =>
    of.map(([key]) => ({ $ref: `#/channels/${channel}/messages/${key}` }));
  return {
    messages,
    channels: {
      feed: {
        ...gateway,
        address: '/ws',
        description: `Events of the account as JSON texts. ${credentials}, or by a first frame \`auth\`. ${query}. Closes with\n\n${codes.join('\n')}`,
        messages: Object.fromEntries([...events, ...frames, ...asked]),
      },
      'feed-socketio': {
        ...gateway,
        address: '/socket.io/',
        description: `The same over Socket.IO 4. ${credentials}, or by \`auth.token\`; \`auth.after\`, \`auth.sessions\` and \`auth.types\` resume and filter. \`subscribe\` with \`{sessions, types}\` replaces the filters and is answered by what \`ready\` brings.`,
        messages: Object.fromEntries([...emitted, ...besides]),
      },
    },
    operations: {
      'on-feed': {
        action: 'send',
        channel: { $ref: '#/channels/feed' },
        messages: refs('feed', [...events, ...frames]),
      },
      'ask-feed': { action: 'receive', channel: { $ref: '#/channels/feed' }, messages: refs('feed', asked) },
      'on-feed-socketio': { action: 'send', channel: { $ref: '#/channels/feed-socketio' } },
    },
  };
}
