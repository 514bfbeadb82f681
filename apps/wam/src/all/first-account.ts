/** The account and session that a first start makes for its user, through the public API itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type ListSessionsAnswer, WamError } from '@wam/client';
import type { FirstAccountFacts } from './banner.ts';
import { type FirstAccount, newPassword, readFirstAccount, writeFirstAccount } from './own-files.ts';

const firstEmail = 'owner@example.com';
const connectPatienceMs = 15_000;
const lookAgainMs = 200;

/** Logs in with the kept account, or registers a new one and keeps it. The client uses its token from then on. */
export async function signInFirstAccount(client: Client, dataDir: string): Promise<FirstAccountFacts> {
  const kept = readFirstAccount(dataDir);
  const { email, password } = kept ?? { email: firstEmail, password: newPassword() };
  // Kept before it is used: a start that dies in between must not leave an account that nobody can open.
  if (kept === undefined) writeFirstAccount(dataDir, { email, password });
  try {
    const { token } = kept === undefined ? await register(client, email, password) : await logIn(client, kept);
    client.useToken(token);
    return { kind: 'signed-in', email, password, token };
  } catch (error) {
    if (!(error instanceof WamError)) throw error;
    return { kind: 'refused', email, reason: error.message };
  }
}

const register = (client: Client, email: string, password: string) =>
  client.register({ body: { email, password, username: 'Owner' } });

/** The kept account may not exist: the start that kept it died before registering, or the database is a new one. */
async function logIn(client: Client, { email, password }: FirstAccount) {
  try {
    return await client.login({ body: { email, password } });
  } catch (error) {
    if (!(error instanceof WamError) || error.code !== 'INVALID_CREDENTIALS') throw error;
    return register(client, email, password);
  }
}

export interface LinkedSession {
  sessionId: string;
  phone: string;
}

/** The sandbox session of the first account, linked to a simulated phone. Made once, linked again when it was lost. */
export async function linkFirstSession(client: Client, dataDir: string, signal: AbortSignal): Promise<LinkedSession> {
  const account = readFirstAccount(dataDir);
  if (account === undefined) throw new Error('there is no first account');
  const existing = await findSession(client, account);
  const sessionId =
    existing?.sessionId ??
    (await client.createSession({ body: { name: 'First session', network: 'sandbox' } })).sessionId;
  writeFirstAccount(dataDir, { ...account, sessionId });

  const linked = await bringOnline(client, sessionId, account.phone, signal);
  writeFirstAccount(dataDir, { ...account, sessionId, phone: linked.phone });
  return linked;
}

type Session = ListSessionsAnswer['sessions'][number];

async function findSession(client: Client, { sessionId }: FirstAccount): Promise<Session | undefined> {
  const { sessions } = await client.listSessions();
  return sessions.find((session) => session.sessionId === sessionId);
}

/** Waits for the session to come back by itself; scans a code, as its user would, when it asks for one. */
async function bringOnline(
  client: Client,
  sessionId: string,
  phone: string | undefined,
  signal: AbortSignal,
): Promise<LinkedSession> {
  const params = { sessionId };
  const deadline = performance.now() + connectPatienceMs;
  let scanned = false;
  for (;;) {
    const session = await client.getSession({ params }, { signal });
    if (session.status === 'connected' && session.phone !== null) return { sessionId, phone: session.phone };
    if (performance.now() > deadline) throw new Error(`the first session is ${session.status}, not connected`);
    if (session.status === 'disconnected' || session.status === 'error') await client.connectSession({ params });
    const waitsForScan = session.phone === null || session.status === 'pending';
    if (waitsForScan && !scanned) scanned = await scan(client, sessionId, phone, signal);
    await sleep(lookAgainMs, undefined, { signal });
  }
}

async function scan(
  client: Client,
  sessionId: string,
  phone: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { qrCode } = await client.getSessionQr({ params: { sessionId } }, { signal });
  if (qrCode === null) return false;
  await client.scanQr({ body: { qrCode, ...(phone === undefined ? {} : { phone }) } }, { signal });
  return true;
}
