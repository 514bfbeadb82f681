/** What a walk knows: what it asked for, what it was answered, and what must therefore hold. */
import { type Client, createClient, type FeedEvent, WamConnectionError, WamError } from '@wam/client';
import type { Installation } from './installation.ts';

export interface KnownSession {
  readonly sessionId: string;
  deleted: boolean;
}
/** One recipient of one request to send. */
export interface KnownSend {
  readonly sessionId: string;
  readonly to: string;
  readonly text: string;
  /** refused: nothing was stored; unknown: no answer came, either may be. */
  fate: 'asked' | 'accepted' | 'refused' | 'unknown';
  messageId?: string;
  readonly campaignId?: string;
}
/** Written by a simulated user to a number. */
export interface KnownWriting {
  /** On the wire. */
  readonly id: string;
  readonly phone: string;
  readonly atMs: number;
}
export interface Walker {
  readonly installation: Installation;
  readonly client: Client;
  readonly tenant: string;
  readonly webhookId: string;
  readonly sessions: KnownSession[];
  readonly sends: KnownSend[];
  readonly writings: KnownWriting[];
  readonly campaignIds: string[];
  /** Phones whose messages WhatsApp may have taken and lost. */
  readonly lossy: Set<string>;
  /** A device that nobody could be told of, or unlink, stays on its phone. */
  leavesDevices: boolean;
  /** The bus or the database was away: services say so, and go on. */
  restarts: boolean;
  /** Every arrival at a simulated phone: the text it decrypted. */
  readonly arrivals: { text: string; to: string; id: string }[];
  /** As the follower got them. */
  readonly events: FeedEvent[];
  /** Answers that nobody should get. */
  readonly surprises: string[];
  /** What the walk did, with times. */
  readonly diary: string[];
  /** Where the feed was before the first step. */
  readonly cursor: string;
  note(line: string): void;
  stopFollowing(): Promise<void>;
}

/** Away for the time of a restart: what is asked meanwhile may stay without an answer. */
const retries = 12;

/** Noon, so that no day ends during a walk. */
function zoneWhereItIsNoon(): string {
  const hours = 12 - new Date().getUTCHours();
  return hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
}

export async function startWalker(installation: Installation): Promise<Walker> {
  const client = createClient({ baseUrl: installation.url, retries });
  const { token, user } = await client.register({ body: { email: 'walk@example.com', password: 'securepassword123' } });
  client.useToken(token);
  await client.updateMe({ body: { timeZone: zoneWhereItIsNoon() } });
  const { webhookId } = await client.createWebhook({ body: { url: installation.receiver.url } });
  const { cursor } = await client.listEvents({ query: { after: 'latest' } });
  const surprises: string[] = [];
  const diary: string[] = [];
  const events: FeedEvent[] = [];
  const arrivals: Walker['arrivals'] = [];
  installation.sandbox.onReceived(({ text, to, id }) => arrivals.push({ text, to, id }));
  const ending = new AbortController();
  const following = (async () => {
    for await (const event of client.events({ after: cursor }, { signal: ending.signal })) events.push(event);
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) surprises.push(`the feed ended: ${String(error)}`);
  });
  return {
    ...{ installation, client, tenant: user.userId, webhookId, cursor, surprises, diary, events, arrivals },
    sessions: [],
    sends: [],
    writings: [],
    campaignIds: [],
    lossy: new Set(),
    leavesDevices: false,
    restarts: false,
    note: (line) => void diary.push(`${new Date().toISOString()} ${line}`),
    async stopFollowing() {
      ending.abort();
      await following;
    },
  };
}

/** What came of a request: its answer, a refusal that may be, or nothing. Everything else is a surprise. */
export type Answer<T> = { kind: 'done'; value: T } | { kind: 'refused'; error: WamError } | { kind: 'unknown' };
export async function ask<T>(
  walker: Walker,
  what: string,
  allowed: readonly string[],
  request: () => Promise<T>,
): Promise<Answer<T>> {
  try {
    const value = await request();
    walker.note(`${what}: done`);
    return { kind: 'done', value };
  } catch (error) {
    if (error instanceof WamError) {
      walker.note(`${what}: ${error.code}`);
      // Servers were away for longer than the client is patient.
      if (error.status >= 502) return { kind: 'unknown' };
      if (!allowed.includes(error.code))
        walker.surprises.push(`${what}: ${error.status} ${error.code} ${error.message}`);
      return { kind: 'refused', error };
    }
    walker.note(`${what}: ${String(error)}`);
    if (!(error instanceof WamConnectionError)) walker.surprises.push(`${what}: ${String(error)}`);
    return { kind: 'unknown' };
  }
}
