/** What tells the owner of a session that a letter about one of its messages is dropped. Pure. */
import {
  busHeaders,
  CalendarDay,
  CampaignIdSchema,
  type DropCommand,
  DropMessage,
  Instant,
  parseSessionSubject,
  subjects,
} from '@wam/contracts';
import type { StoredMessage } from '@wam/service-kit/nats';
import { Check } from 'typebox/value';
import { type ReplayedCommand, readCommand } from './replayed-letter.ts';

const sends = new Set<unknown>(['SendMessage', 'ResendMessage']);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined for letters about no message, and for those that nobody can read: there is no id that anybody could look for. */
export function dropNotice(
  { seq, subject, data: letterData, storedAt }: Pick<StoredMessage, 'seq' | 'subject' | 'data' | 'storedAt'>,
  nowMs: number,
): ReplayedCommand | undefined {
  const address = parseSessionSubject(subject);
  const letter = readCommand(letterData);
  if (address === undefined || letter === undefined || !sends.has(letter.type)) return undefined;
  const { to, text, messageId, campaignId } = (letter.data ?? {}) as Record<string, unknown>;
  const data = {
    sessionId: address.sessionId,
    messageId,
    to: textOf(to),
    text: textOf(text),
    acceptedAt: Check(Instant, letter.at) ? letter.at : storedAt.toISOString(),
    ...(Check(CampaignIdSchema, campaignId) ? { campaignId } : {}),
  };
  if (!Check(DropMessage, data)) return undefined;
  const command: DropCommand = {
    id: `drop-${seq}`,
    type: 'DropMessage',
    v: 1,
    tenant: address.tenant,
    at: new Date(nowMs).toISOString(),
    correlationId: textOf(letter.correlationId) || data.messageId,
    ...(Check(CalendarDay, letter.countedOn) ? { countedOn: letter.countedOn } : {}),
    data,
  };
  return {
    subject: subjects.command(address),
    data: Buffer.from(JSON.stringify(command)),
    headers: { [busHeaders.type]: command.type },
  };
}
