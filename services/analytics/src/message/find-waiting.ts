/** Messages that are accepted and that no engine has taken over yet: their pool is down, or they are among the dead letters. */
import { type MessageCommand, type MessageView, streams, subjects } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import { type NatsConnection, nextMessage } from '@wam/service-kit/nats';
import { firstCharacters } from './projection.ts';

/** `unknown` when more waits for the tenant than is looked through. */
export type FindWaiting = (tenant: string, messageId: string) => Promise<MessageView | 'unknown' | undefined>;

/** A fifth of a millisecond each. Only who asks for an id that the read models do not have comes here. */
const mostLookedAt = 500;
const shownCharacters = 100;
const { commands, deadLetters } = streams;
const places = [
  { stream: commands.name, subject: subjects.commandsOfTenant },
  { stream: deadLetters.name, subject: subjects.deadLettersOfTenant },
];

export function createFindWaiting(nc: NatsConnection, logger: Logger): FindWaiting {
  async function look(tenant: string, messageId: string): Promise<MessageView | 'unknown' | undefined> {
    let looked = 0;
    for (const { stream, subject } of places) {
      let fromSeq = 1;
      for (;;) {
        const stored = await nextMessage(nc, stream, { fromSeq, subject: subject(tenant) });
        if (stored === undefined) break;
        const view = viewOf(stored.data, messageId);
        if (view !== undefined) return view;
        if (++looked === mostLookedAt) return 'unknown';
        fromSeq = stored.seq + 1;
      }
    }
    return undefined;
  }
  return async (tenant, messageId) => {
    try {
      return await look(tenant, messageId);
    } catch (error) {
      // As on a bus whose rights are those of an earlier release.
      logger.warn({ err: error, tenant }, 'waiting commands were not looked through');
      return undefined;
    }
  };
}

/** Commands to send and to send again; what else waits, and what nobody can read, is not asked for. */
function viewOf(command: Uint8Array, wanted: string): MessageView | undefined {
  const text = Buffer.from(command).toString('utf8');
  if (!text.includes(wanted)) return undefined;
  try {
    const { at, data } = JSON.parse(text) as Pick<MessageCommand, 'at'> & { data: Partial<MessageCommand['data']> };
    const { messageId, sessionId } = data;
    if (messageId !== wanted || sessionId === undefined) return undefined;
    return {
      messageId,
      sessionId,
      direction: 'out',
      to: data.to ?? '',
      from: null,
      status: 'accepted',
      text: firstCharacters(data.text ?? '', shownCharacters),
      campaignId: data.campaignId ?? null,
      timeline: { acceptedAt: at, sentAt: null, deliveredAt: null, readAt: null, failedAt: null },
      error: null,
      received: null,
    };
  } catch {
    return undefined;
  }
}
