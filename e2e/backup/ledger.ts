/** What an account has sent, as it was accepted, as the API tells it, and as its recipients got it. */
import type { Client } from '@wam/client';

/** One session, and the phones that get its messages. */
export interface Line {
  sessionId: string;
  /** All but the last digits of their numbers. */
  recipients: string;
}
/** The API shows so many messages of one phone. */
const inboxLimit = 1000;
export const recipientOf = ({ recipients }: Line, index: number): string =>
  `${recipients}${String(Math.floor(index / inboxLimit)).padStart(2, '0')}`;

/** Each line sends one message after the other until it is told to stop: `<prefix><session> <number>`. */
export function sendLoad(client: Client, lines: readonly Line[], prefix = '') {
  let stopped = false;
  /** By session, in the order of acceptance. */
  const accepted = new Map<string, string[]>(lines.map(({ sessionId }) => [sessionId, []]));
  const senders = lines.map(async (line) => {
    const { sessionId } = line;
    const ids = accepted.get(sessionId)!;
    while (!stopped) {
      const body = { to: recipientOf(line, ids.length), message: `${prefix}${sessionId} ${ids.length}` };
      ids.push((await client.sendMessage({ params: { sessionId }, body })).messageId);
    }
  });
  const ended = Promise.all(senders);
  ended.catch(() => undefined);
  return {
    accepted: (sessionId: string): string[] => [...accepted.get(sessionId)!],
    async stop() {
      stopped = true;
      await ended;
    },
  };
}

export type Message = Awaited<ReturnType<Client['getMessage']>>;
/** All messages of a session, oldest first. */
export async function messagesOf(client: Client, sessionId: string): Promise<Message[]> {
  const found: Message[] = [];
  for await (const message of client.all.listMessages({ query: { sessionId, limit: 100 } })) found.push(message);
  return found.reverse();
}

/** Statistics, and the same counted one by one. */
export async function countsOf(client: Client, sessionIds: readonly string[]) {
  const { totals, chart } = await client.getMessageStats();
  const all = (await Promise.all(sessionIds.map((id) => messagesOf(client, id)))).flat();
  const count = (moment: 'sentAt' | 'deliveredAt' | 'readAt' | 'failedAt') =>
    all.filter(({ timeline }) => timeline[moment] !== null).length;
  const [sent, delivered, read, failed] = [count('sentAt'), count('deliveredAt'), count('readAt'), count('failedAt')];
  const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
  const inChart = {
    sent: sum(chart.sent),
    delivered: sum(chart.delivered),
    read: sum(chart.read),
    failed: sum(chart.failed),
  };
  return { totals, inChart, recount: { sent, delivered, read, failed }, messages: all.length };
}

/** How often each text arrived, of the first `count` ones of a line and whatever else came to these phones. */
export async function copiesOf(client: Client, line: Line, count: number): Promise<Map<string, number>> {
  const copies = new Map<string, number>();
  for (let index = 0; index < count; index += inboxLimit) {
    const number = recipientOf(line, index);
    const { messages } = await client.getInbox({ params: { number }, query: { limit: inboxLimit } });
    for (const { text, copies: each } of messages) copies.set(text, (copies.get(text) ?? 0) + each);
  }
  return copies;
}
