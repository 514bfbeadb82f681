/**
 * What generated packets do to the Socket.IO door, by WebSocket and by polling. `npm run test:frames` sends 10,000 of each; FUZZ_SEED repeats
 * a run.
 */
import { closeCodes, errorCatalogue, protocolCloseCodes } from '@wam/contracts';
import { eventually } from '@wam/testkit';
import fc from 'fast-check';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FeedAccount, type FeedStage, type ReadyClient, startFeedStage } from './testing/feed-stage.ts';
import { openRawSocket, type RawFrame, textFrameOf } from './testing/raw-socket.ts';

const runs = Number(process.env.FRAME_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const workers = 16;
const timeoutMs = 900_000;

let stage: FeedStage;
let account: FeedAccount;
let bystander: Socket;
let plain: ReadyClient;
const heard: string[] = [];
beforeAll(async () => {
  stage = await startFeedStage();
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  account = await stage.newAccount();
  heard.length = 0;
  bystander = io(address(), { forceNew: true, transports: ['websocket'], auth: { token: account.token } });
  bystander.onAny((name: string) => heard.push(name));
  await eventually(() => expect(heard).toEqual(['ready']));
  plain = await account.open();
});
afterEach(() => {
  bystander.close();
  plain.socket.close();
});
const address = () => stage.harness.gateway.address;
const door = (query: string) => `${address()}/socket.io/?${query}`;

async function expectUndisturbed(): Promise<void> {
  await account.publishTexts(0, 1);
  await eventually(() => expect(heard).toEqual(['ready', 'message']));
  await eventually(() => expect(plain.events()).toHaveLength(1));
  expect(stage.harness.gateway.health().ready).toBe(true);
}
async function forEach<T>(arbitrary: fc.Arbitrary<T>, run: (input: T) => Promise<void>): Promise<void> {
  const inputs = fc.sample(arbitrary, { numRuns: runs, seed });
  async function worker(): Promise<void> {
    for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) await run(input);
  }
  await Promise.all(Array.from({ length: workers }, worker));
}

/** What a packet may be to either protocol; `TOKEN` stands for a valid one. */
const packet = fc.oneof(
  fc.constantFrom(
    '40{"token":"TOKEN"}',
    '40{"token":"TOKEN","after":"00000000_1","types":"message.*"}',
    '40{"token":"TOKEN","sessions":"mine"}',
    '40{"token":"TOKEN","types":{"length":1e9}}',
    '40{"token":{"toString":1}}',
    '40{"token":"nonsense"}',
    '40{"__proto__":{"token":"TOKEN"}}',
    '40',
    '40null',
    '40/elsewhere,{"token":"TOKEN"}',
    '40/__proto__,',
    '41',
    '42["subscribe",{"types":["session.*"]}]',
    '421["subscribe",{"sessions":[]}]',
    '42["subscribe"]',
    '42["error",{"message":"x"}]',
    '42["connect"]',
    '42[0]',
    '42',
    '43999["answer"]',
    '44{"message":"no"}',
    '451-["subscribe",{"_placeholder":true,"num":0}]',
    '45999999999-["subscribe"]',
    '461-7[{"_placeholder":true,"num":9}]',
    '42["subscribe",{"types":{"_placeholder":true,"num":0}}]',
    '0{"sid":"mine"}',
    '1',
    '2',
    '2probe',
    '3',
    '5',
    '6',
    '9',
    'b',
    'bAAAA',
  ),
  fc.tuple(fc.constantFrom('4', '40', '42', '43', '45'), fc.json({ maxDepth: 3 })).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.integer({ min: 30_000, max: 70_000 }).map((length) => `42["subscribe","${'x'.repeat(length)}"]`),
);
const withToken = (text: string) => text.replaceAll('TOKEN', account.token);

const frame: fc.Arbitrary<{ head: number; payload: string | Uint8Array; lie: number; masked: boolean }> = fc.record({
  head: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0x81) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 255 }) },
  ),
  payload: fc.oneof({ weight: 6, arbitrary: packet }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) }),
  lie: fc.oneof(
    { weight: 20, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -9, max: 2 ** 40 }) },
  ),
  masked: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});
/** None: Engine.IO itself ends what breaks its protocol, and gives no reason. */
const documented = new Set<number | undefined>([
  ...Object.values(closeCodes),
  ...Object.values(protocolCloseCodes),
  undefined,
]);

test(
  `${runs} inputs of generated frames end with a documented code, and disturb nobody (seed ${seed})`,
  async () => {
    const seen = new Set<number | undefined>();
    await forEach(fc.array(frame, { minLength: 1, maxLength: 6 }), async (frames) => {
      const socket = await openRawSocket(door('EIO=4&transport=websocket').replace('http', 'ws'), {});
      for (const { payload, lie, ...rest } of frames) {
        const bytes = typeof payload === 'string' ? Buffer.from(withToken(payload)) : Buffer.from(payload);
        socket.send({ ...rest, payload: bytes, declared: Math.max(0, bytes.length + lie) } satisfies RawFrame);
      }
      // Whatever they did to it, the end is in sight: clients send no pings, and zeros are no frame.
      socket.send(textFrameOf('2'));
      socket.write(Buffer.alloc(64 * 1024));
      const code = await socket.closed;
      socket.destroy();
      seen.add(code);
      const asked = frames.some(({ head }) => (head & 0x0f) === 8);
      if (!asked) expect(documented, JSON.stringify({ code, frames })).toContain(code);
      for (const text of socket.texts) expectDocumented(text);
    });
    expect(seen.size).toBeGreaterThan(1);
    await expectUndisturbed();
  },
  timeoutMs,
);

/** Of packets of the server: refusals are in words of the catalogue. */
function expectDocumented(text: string): void {
  expect(text).toMatch(/^[023456]/);
  const [, refusal] = /^44(?:\/[^,]*,)?(.*)$/s.exec(text) ?? [];
  if (refusal === undefined) return;
  const { message, data } = JSON.parse(refusal) as { message: string; data?: { code: string } };
  // Of a namespace there is none to say it.
  if (message !== 'Invalid namespace') expect(Object.keys(errorCatalogue), text).toContain(data?.code);
}

test(
  `${runs} inputs of generated polls are answered or cut off, and disturb nobody`,
  async () => {
    const statuses = new Set<number | undefined>();
    const bodies = fc.array(
      fc.record({
        packets: fc.array(packet, { maxLength: 6 }),
        type: fc.constantFrom('text/plain;charset=UTF-8', 'application/octet-stream', 'application/json', ''),
      }),
      { minLength: 1, maxLength: 3 },
    );
    await forEach(bodies, async (posts) => {
      const opened = await poll(door('EIO=4&transport=polling'));
      const { sid } = JSON.parse(opened!.text.slice(1)) as { sid: string };
      const url = door(`EIO=4&transport=polling&sid=${sid}`);
      const waiting = poll(url);
      for (const { packets, type } of posts) {
        const body = withToken(packets.join('\x1e'));
        const answered = await poll(url, {
          method: 'POST',
          body,
          headers: type === '' ? {} : { 'content-type': type },
        });
        statuses.add(answered?.status);
        expect([200, 400, 413, undefined], JSON.stringify(posts)).toContain(answered?.status);
      }
      await poll(url, { method: 'POST', body: '1' });
      expect([200, 400, undefined]).toContain((await waiting)?.status);
      await eventually(async () =>
        expect(JSON.parse((await poll(url))?.text ?? '{}')).toMatchObject({ code: 1, message: 'Session ID unknown' }),
      );
    });
    expect(statuses.size).toBeGreaterThan(1);
    await expectUndisturbed();
  },
  timeoutMs,
);

test(
  `${runs} generated handshakes that are none are refused in the words of Engine.IO`,
  async () => {
    const value = fc.oneof(
      fc.constantFrom(
        '',
        '3',
        '5',
        'x',
        '__proto__',
        'constructor',
        'webtransport',
        'websocket',
        '00112233445566778899aa',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const handshake = fc.record({
      method: fc.constantFrom('GET', 'POST'),
      query: fc.array(fc.tuple(fc.constantFrom('EIO', 'transport', 'sid', 'b64', '__proto__', 'ticket'), value), {
        maxLength: 4,
      }),
    });
    await forEach(handshake, async ({ method, query }) => {
      const url = door(query.map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`).join('&'));
      const answered = await poll(url, method === 'POST' ? { method, body: '40' } : {});
      expect(answered?.status, url).toBe(400);
      expect(JSON.parse(answered!.text), url).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
    });
    await expectUndisturbed();
  },
  timeoutMs,
);

test('a client that sends more than 120 packets in a minute is cut with 4429', async () => {
  const socket = await openRawSocket(door('EIO=4&transport=websocket').replace('http', 'ws'), {});
  socket.send(textFrameOf(`40${JSON.stringify({ token: account.token })}`));
  await eventually(() => expect(socket.texts.some((text) => text.startsWith('42["ready"'))).toBe(true));
  for (let n = 0; n < 120; n++) socket.send(textFrameOf('42["subscribe",{}]'));
  expect(await socket.closed).toBe(closeCodes.tooMany);
  await expectUndisturbed();
});

/** undefined when the connection was cut without an answer. */
async function poll(url: string, init: RequestInit = {}): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}
