/** The whole story against a running platform, through its public API only. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@wam/client';
import { type Narrator, table } from './narrator.ts';

export interface StoryDeps {
  client: Client;
  narrator: Narrator;
  /** The linking code inside a PNG data URL, drawn for a terminal. */
  drawQr(qrCode: string): Promise<string>;
  /** Told apart from earlier runs on the same platform. */
  runId: string;
}

/** Numbers of the sandbox; the last one is documented as not on WhatsApp. */
const friend = '919876543210';
const audience = [...Array.from({ length: 19 }, (_, i) => `9198765431${String(i).padStart(2, '0')}`), '19990000003'];
const bulkDelayMs = 200;
const patienceMs = 30_000;
const lookAgainMs = 400;

export async function tellStory(deps: StoryDeps): Promise<void> {
  const { narrator } = deps;
  await signUp(deps);
  const session = await linkSession(deps);
  await sendOne(deps, session);
  await receiveOne(deps, session);
  await sendMany(deps, session.sessionId);
  await showFigures(deps, session.sessionId);
  narrator.say('That was all of it, over the protocol a real phone speaks.');
}

interface LinkedSession {
  sessionId: string;
  phone: string;
}

async function signUp({ client, narrator, runId }: StoryDeps): Promise<void> {
  narrator.chapter('A customer registers');
  const email = `demo-${runId}@example.com`;
  const { token, user } = await client.register({ body: { email, password: `demo ${runId} password` } });
  client.useToken(token);
  narrator.say(`${user.email}, account ${user.userId}`);
}

async function linkSession({ client, narrator, drawQr }: StoryDeps): Promise<LinkedSession> {
  narrator.chapter('creates a session, and gets its QR code');
  const { sessionId } = await client.createSession({ body: { name: 'Demo', network: 'sandbox' } });
  const { qrCode } = await client.getSessionQr({ params: { sessionId } });
  if (qrCode === null) throw new Error('the session offered no QR code');
  narrator.show(await drawQr(qrCode));

  narrator.chapter('scans it with a simulated phone');
  const { phone } = await client.scanQr({ body: { qrCode } });
  await until('the session is connected', async () => {
    const { status } = await client.getSessionStatus({ params: { sessionId } });
    return status === 'connected';
  });
  narrator.say(`phone ${phone} is linked, session ${sessionId} is connected`);
  return { sessionId, phone };
}

async function sendOne({ client, narrator }: StoryDeps, { sessionId, phone }: LinkedSession): Promise<void> {
  narrator.chapter('sends a message');
  const body = { to: friend, message: 'Hello! Your order 4711 is on its way.' };
  const sent = await client.sendMessage({ params: { sessionId }, body });
  narrator.say(`${sent.message} (${sent.messageId})`);
  const received = await until('the phone has the message', async () => {
    const { messages } = await client.getInbox({ params: { number: friend } });
    return messages.find((message) => message.from === phone);
  });
  narrator.say(`phone ${friend} decrypted: "${received.text}"`);
  const { timeline } = await until('the message is read', async () => {
    const view = await client.getMessage({ params: { messageId: sent.messageId } });
    return view.status === 'read' && view;
  });
  narrator.show(table(Object.entries(timeline).map(([step, at]) => [step, at ?? '-'])));
}

async function receiveOne({ client, narrator }: StoryDeps, { sessionId, phone }: LinkedSession): Promise<void> {
  narrator.chapter('gets an answer');
  await client.simulateIncomingMessage({ body: { from: friend, to: phone, message: 'Thank you!' } });
  const session = await until('the answer is counted', async () => {
    const view = await client.getSession({ params: { sessionId } });
    return view.messagesReceived > 0 && view;
  });
  narrator.say(`${friend} wrote "Thank you!"; the session has received ${session.messagesReceived}`);
}

async function sendMany({ client, narrator }: StoryDeps, sessionId: string): Promise<void> {
  narrator.chapter(`sends one message to ${audience.length} numbers, one every ${bulkDelayMs} ms`);
  const before = (await client.getSession({ params: { sessionId } })).messagesSent;
  const finished = new AbortController();
  const body = { contacts: audience, message: 'Special offer just for you!', delay: bulkDelayMs, sessionId };
  const showProgress = async (): Promise<void> => {
    const { messagesSent } = await client.getSession({ params: { sessionId } });
    narrator.progress(Math.min(messagesSent - before, audience.length - 1), audience.length);
  };
  const [{ campaignId, ...first }] = await Promise.all([
    client.bulkSend({ body }).finally(() => finished.abort()),
    followProgress(showProgress, finished.signal),
  ]);
  const report =
    'pending' in first && first.pending > 0
      ? await until('the campaign is finished', async () => {
          const progress = await client.getCampaign({ params: { campaignId } });
          return progress.pending === 0 && progress;
        })
      : first;
  narrator.progress(report.total, report.total);
  narrator.say(`${report.sent} sent, ${report.failed} failed`);
  for (const result of report.results.filter((r) => !r.success)) narrator.say(`${result.contact}: ${result.error}`);
}

async function showFigures({ client, narrator }: StoryDeps, sessionId: string): Promise<void> {
  narrator.chapter('and sees what became of everything');
  const { totals } = await until('everything sent is read', async () => {
    const stats = await client.getMessageStats({ query: { sessionId } });
    return stats.totals.read === stats.totals.sent && stats;
  });
  const names = ['sent', 'delivered', 'read', 'failed', 'total'] as const;
  narrator.show(table([names, names.map((name) => totals[name])]));
}

async function until<T>(what: string, probe: () => Promise<T | false | undefined>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await probe();
    if (found !== false && found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${patienceMs / 1000} s: ${what}`);
    await sleep(lookAgainMs);
  }
}

async function followProgress(look: () => Promise<void>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await look();
    // Ends early when the work is finished; the rejection says nothing else.
    await sleep(lookAgainMs, undefined, { signal: until }).catch(() => undefined);
  }
}
