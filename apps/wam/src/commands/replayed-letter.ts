/** A dead letter as the command it was, to be carried out after all. Pure. */
import { busHeaders, interactiveDeadlineMs } from '@wam/contracts';
import type { StoredMessage } from '@wam/service-kit/nats';

export interface ReplayedCommand {
  subject: string;
  data: Uint8Array;
  headers: Record<string, string>;
}

/** The one who asked waits no more; the reason belongs to the letter. */
const dropped = new Set<string>([busHeaders.replyInbox, busHeaders.deadReason, busHeaders.deadSequence]);
const isOfTheBus = (name: string): boolean => name.toLowerCase().startsWith('nats-');

/** A deadline that has passed meanwhile becomes a new one: else the message would only fail as expired. */
export function replayedCommand(
  letter: Pick<StoredMessage, 'subject' | 'data' | 'headers'>,
  nowMs: number,
): ReplayedCommand {
  const headers = Object.fromEntries(
    Object.entries(letter.headers).filter(([name]) => !dropped.has(name) && !isOfTheBus(name)),
  );
  return { subject: letter.subject.replace(/^dlq\./, 'cmd.'), data: withDeadline(letter.data, nowMs), headers };
}

function withDeadline(data: Uint8Array, nowMs: number): Uint8Array {
  const command = readCommand(data);
  if (typeof command?.notAfter !== 'string' || !(Date.parse(command.notAfter) <= nowMs)) return data;
  return Buffer.from(JSON.stringify({ ...command, notAfter: new Date(nowMs + interactiveDeadlineMs).toISOString() }));
}

/** Undefined for what is no JSON object. */
export function readCommand(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
