/** Customers who send and look all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@wam/client';
import { linkSession } from '../platform.ts';

export interface Accepted {
  messageId: string;
  recipient: string;
  text: string;
}
export type Traffic = Awaited<ReturnType<typeof startTraffic>>;

export async function startTraffic(client: Client, { sessions, everyMs }: { sessions: number; everyMs: number }) {
  const accepted: Accepted[] = [];
  const failures: string[] = [];
  const stopping = new AbortController();
  const waiting = new Map<symbol, string>();
  const linked = await Promise.all(Array.from({ length: sessions }, () => linkSession(client)));

  /** A failure tells which request it was and when, to be found in the history of the installation. */
  async function watched<T>(what: string, request: () => Promise<T>): Promise<T> {
    const since = new Date().toISOString();
    const id = Symbol(what);
    waiting.set(id, `${what} since ${since}`);
    try {
      return await request();
    } catch (error) {
      failures.push(`${what} from ${since} to ${new Date().toISOString()}: ${error}`);
      throw error;
    } finally {
      waiting.delete(id);
    }
  }
  async function sendAndLook(sessionId: string, recipient: string): Promise<void> {
    const text = `${sessionId} ${accepted.length} ${Math.random()}`;
    const body = { to: recipient, message: text };
    const { messageId } = await watched('send', () => client.sendMessage({ params: { sessionId }, body }));
    accepted.push({ messageId, recipient, text });
    await watched('look', () => client.getMessage({ params: { messageId } }));
    await watched('status', () => client.getSessionStatus({ params: { sessionId } }));
  }
  /**
   * The next one at the beat, but not before the last one has its answer: on a busy machine customers do not pile up requests, which would be a
   * test of overload.
   */
  async function keepSending(sessionId: string, recipient: string): Promise<void> {
    while (!stopping.signal.aborted) {
      const beat = sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      await sendAndLook(sessionId, recipient).catch(() => undefined);
      await beat;
    }
  }
  const customers = linked.flatMap(({ sessionId }, index) =>
    [0, 1].map((lane) => keepSending(sessionId, `91987655${index}0${lane}0`)),
  );
  return {
    accepted,
    failures,
    /** Requests without an answer yet. */
    waiting: () => [...waiting.values()],
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(customers);
    },
  };
}
