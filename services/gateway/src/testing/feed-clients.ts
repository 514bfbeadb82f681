/** Clients of the feed for specs: they write down what they get and when they are closed. */
import { randomUUID } from 'node:crypto';
import { type AnyEvent, type FeedEvent, messageSealPurpose, type SessionEvent, subjects } from '@wam/contracts';
import { createSealer, deriveKek } from '@wam/service-kit';
import { eventually } from '@wam/testkit';
import { type ClientOptions, WebSocket } from 'ws';

/** Of every gateway in specs of the feed. */
export const messageKey = deriveKek(Buffer.alloc(32, 7), messageSealPurpose);
const sealer = createSealer({ kek: messageKey });

// biome-ignore lint/suspicious/noExplicitAny: specs read what they expect to be there
type Frame = any;

export interface FeedClient {
  socket: WebSocket;
  frames: Frame[];
  /** Those that are events. */
  events(): FeedEvent[];
  /** The first frame of the type, when it comes. */
  frame(type: string): Promise<Frame>;
  send(frame: unknown): void;
  closed: Promise<number>;
}

export function connect(address: string, path = '/ws', options: ClientOptions = {}): FeedClient {
  const socket = new WebSocket(address.replace('http', 'ws') + path, options);
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve);
    socket.on('error', () => undefined);
  });
  return {
    socket,
    frames,
    events: () => frames.filter(({ type }) => String(type).includes('.')),
    frame: (type) =>
      eventually(() => {
        const found = frames.find((frame) => frame.type === type);
        if (found === undefined) throw new Error(`no ${type} among ${frames.map((frame) => frame.type).join(', ')}`);
        return found;
      }),
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    closed,
  };
}
export const withToken = (token: string): ClientOptions => ({ headers: { authorization: `Bearer ${token}` } });

const envelope = (tenant: string) => ({
  id: randomUUID(),
  v: 1,
  version: 0,
  tenant,
  at: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
});
export const sessionEvent = <T extends SessionEvent['type']>(
  tenant: string,
  type: T,
  data: Extract<SessionEvent, { type: T }>['data'],
): AnyEvent => ({ ...envelope(tenant), type, data });

const messageId = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';
export function receivedEvent(tenant: string, sessionId: string, text: string): AnyEvent {
  const context = { tenant, purpose: messageSealPurpose, id: messageId };
  const sealed = sealer.seal(context, JSON.stringify({ phone: '919876543210', lid: '42', text })).toString('base64');
  const receivedAt = new Date().toISOString();
  const data = { sessionId, messageId, waMessageId: 'WA', receivedAt, kind: 'text', offline: false, sealed };
  return { ...envelope(tenant), type: 'MessageReceived', data };
}
export const subjectOf = ({ tenant, type, data }: AnyEvent): string =>
  subjects.event(type.startsWith('Session') ? 'session' : 'message', tenant, (data as { sessionId: string }).sessionId);
