import { randomBytes } from 'node:crypto';
import { type Client, createClient } from '@wam/client';
import { createTestDatabase, eventually, findFreePort, startTestNats } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWam, spawnWam } from '../apps/wam/test/launched-platform.ts';
import { linkSession, type Platform, startPlatform, temporaryFolder, until } from './platform.ts';

const dedicated = { email: 'acme@example.com', password: 'securepassword123' };
const neighbour = { email: 'shared@example.com', password: 'securepassword123' };
const recipient = '919812340001';
/** Another number than the one that everything was written with. */
const PARTITION_COUNT = '16';

describe('an account with engines of its own', () => {
  const cleanUp = new AsyncDisposableStack();
  let env: Record<string, string>;
  let platform: Platform;
  let acme: Client;
  let other: Client;
  let engine: ReturnType<typeof spawnWam>;

  const register = async (body: typeof dedicated): Promise<Client> => {
    const { token } = await createClient({ baseUrl: platform.url }).register({ body });
    return createClient({ baseUrl: platform.url, token });
  };
  const startEngine = () => spawnWam(['start', '--target=session-engine'], { ...env, WAM_POOL: 'sandbox-acme' });
  const setPool = (who: string, pool: string) => runWam(['account', 'set-pool', who, pool], env);
  const send = (client: Client, sessionId: string, message: string, to = recipient) =>
    client.sendMessage({ params: { sessionId }, body: { to, message } });
  const textsAt = async (client: Client, number = recipient) =>
    (await client.getInbox({ params: { number }, query: { limit: 500 } })).messages.map(({ text }) => text);
  interface Pool {
    pool: string;
    members: { state: string }[];
    partitions: { sessions: number | null }[];
  }
  async function pools(): Promise<Record<string, Pool>> {
    const { stdout } = await runWam(['engine', 'partitions', '--json'], env);
    return Object.fromEntries((JSON.parse(stdout) as Pool[]).map((pool) => [pool.pool, pool]));
  }
  const sessionsOf = ({ partitions }: Pool) => partitions.reduce((sum, { sessions }) => sum + (sessions ?? 0), 0);

  beforeAll(async () => {
    const folder = cleanUp.use(await temporaryFolder());
    const bus = await startTestNats();
    cleanUp.defer(() => bus.stop());
    const database = await createTestDatabase();
    cleanUp.defer(() => database.drop());
    const sandboxPort = String(await findFreePort());
    env = {
      NATS_URL: bus.url,
      DATABASE_URL: database.url,
      WAM_KEK: randomBytes(32).toString('base64'),
      WAM_DATA_DIR: folder.path,
      SANDBOX_PORT: sandboxPort,
      WHATSAPP_URL: `ws://127.0.0.1:${sandboxPort}/ws/chat`,
    };
    platform = cleanUp.use(await startPlatform(folder.path, { ...env, PARTITION_COUNT }));
    [acme, other] = [await register(dedicated), await register(neighbour)];
  });
  afterAll(async () => {
    engine?.child.kill('SIGKILL');
    await engine?.exited;
    await cleanUp.disposeAsync();
  });

  it('moves to them without a new QR code, and what is being sent arrives once each, in order', async () => {
    const { sessionId } = await linkSession(acme);
    expect(await send(acme, sessionId, 'before')).toMatchObject({ success: true });
    engine = startEngine();
    await eventually(async () => expect((await pools())['sandbox-acme']?.members).toMatchObject([{ state: 'up' }]), {
      timeoutMs: 20_000,
    });
    const messages = Array.from({ length: 100 }, (_, index) => ({ to: recipient, message: `batch ${index}` }));
    const params = { sessionId };
    await acme.sendMessageBatch({ params, body: { messages: messages.slice(0, 50) } });
    const moving = setPool(dedicated.email, 'acme');
    await acme.sendMessageBatch({ params, body: { messages: messages.slice(50) } });
    const { stdout, exitCode } = await moving;
    expect({ stdout, exitCode }).toEqual({
      stdout: `${dedicated.email}: shared -> acme\n${sessionId}: sandbox -> sandbox-acme\n`,
      exitCode: 0,
    });
    await until('all arrived', async () => (await textsAt(acme)).length === 101);
    expect(await textsAt(acme)).toEqual(['before', ...messages.map(({ message }) => message)]);
    expect(await send(acme, sessionId, 'after')).toMatchObject({ success: true });
    expect(await acme.getSessionStatus({ params })).toMatchObject({ status: 'connected', hasQR: false });
    const { events } = await acme.listEvents({ query: { type: 'session.qr' } });
    expect(events).toHaveLength(1);
  });

  it('makes new sessions there, and others do not', async () => {
    await linkSession(acme);
    await linkSession(other);
    const found = await pools();
    expect(Object.keys(found)).toEqual(['sandbox', 'sandbox-acme']);
    // The first account's and the neighbour's.
    expect(sessionsOf(found.sandbox!)).toBe(2);
    expect(sessionsOf(found['sandbox-acme']!)).toBe(2);
    expect(found['sandbox-acme']?.partitions).toHaveLength(16);
    const { stdout } = await runWam(['engine', 'partitions'], env);
    expect(stdout).toMatch(/^Pool sandbox\n[\s\S]*^Pool sandbox-acme\n/m);
  });

  it('waits alone when they are killed, and needs no QR code when they are back', async () => {
    const [{ sessionId } = { sessionId: '' }] = (await acme.listSessions()).sessions;
    const [{ sessionId: untouched } = { sessionId: '' }] = (await other.listSessions()).sessions;
    engine.child.kill('SIGKILL');
    await engine.exited;
    const accepted = await acme.sendMessage(
      { params: { sessionId }, body: { to: recipient, message: 'while they are away' } },
      { headers: { prefer: 'respond-async' } },
    );
    for (let index = 0; index < 20; index++)
      expect(await send(other, untouched, `untouched ${index}`, '919812340002')).toMatchObject({ success: true });
    const bulk = { contacts: ['919812340003', '919812340004'], message: 'bulk', delay: 0 };
    expect(await other.bulkSend({ body: bulk })).toMatchObject({ sent: 2, failed: 0 });
    expect(await textsAt(acme)).not.toContain('while they are away');
    // Whoever holds the 202 finds it, though no engine has seen it.
    const held = await acme.getMessage({ params: { messageId: accepted.messageId } });
    expect(held).toMatchObject({ sessionId, status: 'accepted', to: recipient, text: 'while they are away' });

    engine = startEngine();
    await until('message arrived', async () => (await textsAt(acme)).at(-1) === 'while they are away');
    const params = { messageId: accepted.messageId };
    await until('message read', async () => (await acme.getMessage({ params })).status === 'read');
    // Campaigns know where the session went.
    expect(await acme.bulkSend({ body: { ...bulk, contacts: ['919812340005'] } })).toMatchObject({ sent: 1 });
    const { events } = await acme.listEvents({ query: { type: 'session.qr' } });
    expect(events).toHaveLength(2);
    expect((await other.listEvents({ query: { type: 'session.reconnecting' } })).events).toEqual([]);
  });

  it('is given a pool only where engines serve it; a platform on one machine starts one', async () => {
    expect(await setPool('nobody@example.com', 'acme')).toMatchObject({ exitCode: 1 });
    expect(await setPool(neighbour.email, 'Not A Name')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('names no pool'),
    });
    const [{ sessionId } = { sessionId: '' }] = (await other.listSessions()).sessions;
    expect(await setPool(neighbour.email, 'beta')).toMatchObject({
      stdout: `${neighbour.email}: shared -> beta\n${sessionId}: sandbox -> sandbox-beta\n`,
    });
    expect(await send(other, sessionId, 'from beta')).toMatchObject({ success: true });
    expect(await setPool(neighbour.email, 'shared')).toMatchObject({
      stdout: `${neighbour.email}: beta -> shared\n${sessionId}: sandbox-beta -> sandbox\n`,
    });
    expect(await send(other, sessionId, 'from the shared one')).toMatchObject({ success: true });
  });

  it('and a process that counts other partitions does not start', async () => {
    for (const target of ['gateway', 'dispatcher', 'session-engine']) {
      const refused = await runWam(['start', `--target=${target}`], { ...env, PORT: '0', PARTITION_COUNT: '64' });
      expect(refused.exitCode, target).toBe(1);
      expect(refused.stderr, target).toContain('PARTITION_COUNT: is 64, and 16 since this installation first started');
    }
  });
});
