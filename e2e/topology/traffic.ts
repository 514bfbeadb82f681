/** Customers who send and look all the time. */
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
  const underWay = new Set<Promise<void>>();
  let meanwhile = '';
  const linked = await Promise.all(Array.from({ length: sessions }, () => linkSession(client)));

  /** A failure tells which request it was, how long it took, and what was done to the installation when it began. */
  async function watched<T>(what: string, request: () => Promise<T>): Promise<T> {
    const [startedAtMs, during] = [Date.now(), meanwhile];
    try {
      return await request();
    } catch (error) {
      failures.push(`${what} during ${during}, after ${Date.now() - startedAtMs} ms: ${error}`);
      throw error;
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
  const timers = linked.map(({ sessionId }, index) =>
    setInterval(() => {
      const work = sendAndLook(sessionId, `9198765500${String(index).padStart(2, '0')}`)
        .catch(() => undefined)
        .finally(() => underWay.delete(work));
      underWay.add(work);
    }, everyMs),
  );
  return {
    accepted,
    failures,
    /** What is done to the installation from now on. */
    meanwhile(what: string): void {
      meanwhile = what;
    },
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
