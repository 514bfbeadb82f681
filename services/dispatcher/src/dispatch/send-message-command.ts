import { busHeaders, type MessageCommand, sessionAddress, subjects } from '@wam/contracts';

export interface OutgoingMessage {
  tenant: string;
  pool: string;
  sessionId: string;
  campaignId: string;
  correlationId: string;
  messageId: string;
  to: string;
  text: string;
  at: Date;
  notAfter: Date;
  /** Null of what an earlier release took. */
  countedOn: string | null;
}

export interface OutgoingCommand {
  subject: string;
  command: MessageCommand;
  headers: Record<string, string>;
}

/** Carries no reply inbox: the outcome is read from the log, where it survives this process. */
export function sendMessageCommand(message: OutgoingMessage, partitionCount: number): OutgoingCommand {
  const { tenant, pool, sessionId, campaignId, messageId, to, text, countedOn } = message;
  return {
    subject: subjects.command(sessionAddress({ pool, tenant, sessionId }, partitionCount)),
    headers: { [busHeaders.type]: 'SendMessage' },
    command: {
      id: messageId,
      type: 'SendMessage',
      v: 1,
      tenant,
      at: message.at.toISOString(),
      correlationId: message.correlationId,
      notAfter: message.notAfter.toISOString(),
      ...(countedOn === null ? {} : { countedOn }),
      data: { sessionId, messageId, to, text, campaignId },
    },
  };
}
