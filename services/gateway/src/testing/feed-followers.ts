/** Clients as their documentation wants them: they keep the last cursor, come back with it, and write down every event they get. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

export interface Follower {
  /** Ids of events, in the order in which they came; nothing is left out or sorted. */
  readonly ids: readonly string[];
  /** Codes with which plain sockets were closed so far. */
  readonly codes: readonly number[];
  readonly connections: number;
  /** Resolves when the first subscription stands. */
  readonly ready: Promise<void>;
  /** Stops reading, as a program that hangs does. */
  stall(): void;
  resume(): void;
  /** Breaks the connection of the moment without a word. */
  cut(): void;
  /** Ends it for good. */
  stop(): void;
}
export interface FollowOptions {
  /** Asked for each connection. */
  address: () => string;
  token: string;
  /** Where to begin. */
  after: string;
}
export type Door = keyof typeof followBy;

const comebackMs = (): number => 20 + Math.random() * 100;

function createRecord(after: string) {
  const ids: string[] = [];
  const codes: number[] = [];
  const ready = Promise.withResolvers<void>();
  return {
    ids,
    codes,
    ready,
    cursor: after,
    connections: 0,
    take({ id, cursor }: { id?: string; cursor?: string }) {
      if (id !== undefined) ids.push(id);
      if (cursor !== undefined) this.cursor = cursor;
    },
  };
}
type Record = ReturnType<typeof createRecord>;

const followerOf = (record: Record, actions: Pick<Follower, 'stall' | 'resume' | 'cut' | 'stop'>): Follower => ({
  ids: record.ids,
  codes: record.codes,
  get connections() {
    return record.connections;
  },
  ready: record.ready.promise,
  ...actions,
});

function byWebSocket({ address, token, after }: FollowOptions): Follower {
  const record = createRecord(after);
  let socket: WebSocket;
  let stopped = false;
  function open(): void {
    socket = new WebSocket(`${address().replace('http', 'ws')}/ws?after=${record.cursor}`, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; id?: string; cursor?: string };
      record.take(frame);
      if (frame.type !== 'ready') return;
      record.connections += 1;
      record.ready.resolve();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      record.codes.push(code);
      if (!stopped) setTimeout(open, comebackMs());
    });
  }
  open();
  return followerOf(record, {
    stall: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
    stop() {
      stopped = true;
      socket.terminate();
    },
  });
}

const bySocketIo =
  (transport: 'websocket' | 'polling') =>
  ({ address, token, after }: FollowOptions): Follower => {
    const record = createRecord(after);
    let stopped = false;
    const socket = io(address(), {
      forceNew: true,
      transports: [transport],
      reconnectionDelay: 20,
      reconnectionDelayMax: 200,
      auth: (answer) => answer({ token, after: record.cursor }),
      // Each poll is a connection of its own, as behind a proxy.
      ...(transport === 'polling' ? { agent: new Agent({ keepAlive: false }) as never } : {}),
    });
    socket.onAny((name: string, payload: { id?: string; cursor?: string }) => {
      record.take(payload);
      if (name !== 'ready') return;
      record.connections += 1;
      record.ready.resolve();
    });
    // The library does not come back by itself from a refusal, such as one while auth could not be asked.
    socket.on('connect_error', () => {
      if (!socket.active && !stopped) setTimeout(() => socket.connect(), comebackMs());
    });
    type Transport = { ws?: WebSocket; doPoll?: () => void };
    const transportNow = () => socket.io.engine?.transport as unknown as Transport | undefined;
    let poll: (() => void) | undefined;
    return followerOf(record, {
      stall() {
        const now = transportNow();
        now?.ws?.pause();
        if (now?.doPoll === undefined) return;
        poll = now.doPoll.bind(now);
        now.doPoll = () => undefined;
      },
      resume() {
        transportNow()?.ws?.resume();
        poll?.();
      },
      cut: () => transportNow()?.ws?.terminate(),
      stop() {
        stopped = true;
        socket.close();
      },
    });
  };

function byServerSentEvents({ address, token, after }: FollowOptions): Follower {
  const record = createRecord(after);
  let asked: ClientRequest;
  let stream: IncomingMessage | undefined;
  let stopped = false;
  function open(): void {
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'last-event-id': record.cursor,
    };
    let isOver = false;
    const comeBack = (): void => {
      if (isOver) return;
      isOver = true;
      if (!stopped) setTimeout(open, comebackMs());
    };
    asked = request(`${address()}/api/events`, { headers, agent: false }, (response) => {
      stream = response;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        const whole = text.lastIndexOf('\n\n') + 2;
        if (whole === 1) return;
        for (const block of text.slice(0, whole).split('\n\n')) read(block);
        text = text.slice(whole);
      });
      response.on('error', () => undefined);
      response.on('close', comeBack);
    });
    asked.on('error', comeBack);
    asked.end();
  }
  function read(block: string): void {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    const cursor = /^id: (.*)$/m.exec(block)?.[1];
    if (data !== undefined) record.take(JSON.parse(data) as { id: string; cursor: string });
    else if (cursor !== undefined) record.take({ cursor });
    if (!block.includes(': ready')) return;
    record.connections += 1;
    record.ready.resolve();
  }
  open();
  return followerOf(record, {
    stall: () => stream?.pause(),
    resume: () => stream?.resume(),
    cut: () => asked.destroy(),
    stop() {
      stopped = true;
      asked.destroy();
    },
  });
}

export const followBy = {
  ws: byWebSocket,
  'socketio-websocket': bySocketIo('websocket'),
  'socketio-polling': bySocketIo('polling'),
  sse: byServerSentEvents,
} as const;
