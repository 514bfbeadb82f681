import { type ErrorCode, errorCatalogue } from '@wam/contracts';
import { restrictedCode } from '../connection/whatsapp-connection.ts';

/** A message on its way out: durable in the table `outbound` from acceptance to its end. */
export interface OutboundMessage {
  readonly messageId: string;
  readonly tenant: string;
  readonly sessionId: string;
  readonly waMessageId: string;
  /** Number, or `<lid>@lid`. */
  readonly to: string;
  readonly text: string;
  readonly acceptedAt: string;
  /** Deadline, wall clock in ms; by then it is sent or failed. */
  readonly notAfterMs: number | undefined;
  readonly correlationId: string;
  readonly campaignId: string | undefined;
  /** Day whose quota it was taken from, `YYYY-MM-DD`; goes into the event of its failure. */
  readonly countedOn: string | undefined;
  /** Order of acceptance. */
  readonly position: number;
  /** Wall clock of the first stanza that this process wrote. */
  writtenAtMs?: number;
  /** Stanzas written so far by this process. */
  attempts: number;
  /** Recipient checks the server left unanswered. */
  unansweredChecks: number;
  /** Its end is decided; whoever meets it in a queue leaves it alone. */
  settled: boolean;
  /** Of one whose failure was decided, and perhaps told, by an owner that did not live to finish it: it is never written again. */
  readonly decided?: Failure;
}

export interface Failure {
  kind: 'failed';
  code: ErrorCode;
  reason: string;
  details?: Record<string, unknown>;
}
export type SendOutcome = { kind: 'sent' } | Failure;

export const failed = (code: ErrorCode, details?: Record<string, unknown>): Failure => ({
  kind: 'failed',
  code,
  reason: errorCatalogue[code].message,
  ...(details === undefined ? {} : { details }),
});

/** The server's word on a message. 463: the account is restricted in writing to people who have not written to it. */
export function outcomeOfAck(errorCode: number | undefined): SendOutcome {
  if (errorCode === undefined) return { kind: 'sent' };
  return failed(errorCode === restrictedCode ? 'RECIPIENT_RESTRICTED' : 'WHATSAPP_REJECTED', {
    whatsappCode: errorCode,
  });
}

export const isExpired = (message: OutboundMessage, nowMs: number): boolean =>
  message.notAfterMs !== undefined && message.notAfterMs <= nowMs;
