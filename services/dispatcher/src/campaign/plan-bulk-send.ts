/** Whether a bulk send may start, and what it consists of. Pure. */
import { type BodyOf, type bulkSend, type Network, type Rejection, reject, type SessionStatus } from '@wam/contracts';
import { campaignDeadline } from './campaign-deadline.ts';

/** Same bound as the schema of the request; kept here as well since the table is sized for it. */
export const maxRecipients = 10_000;
/** Pause between two messages when the request names none; the documentation's default. */
export const defaultDelayMs = 2000;

/** A session as the service that knows sessions describes it. */
export interface UsedSession {
  sessionId: string;
  network: Network;
  pool: string;
  status: SessionStatus;
  /** While WhatsApp lets it start no new chats. */
  restrictedUntil?: string | undefined;
  createdAt: string;
}

/** What the decision depends on, gathered by the caller. */
export interface BulkSendFacts {
  campaignId: string;
  session: UsedSession;
  /** Of contacts by LID whose number is known. */
  numbers: ReadonlyMap<string, string>;
  nowMs: number;
}

export interface PlannedRecipient {
  /** Place in the request, from 0: one per contact, whatever the number. */
  position: number;
  contact: string;
  /** Position of the first row with this contact, by whichever address; only that row is sent. */
  duplicateOf: number | undefined;
}

export interface PlannedBulkSend {
  campaignId: string;
  message: string;
  delayMs: number;
  recipients: PlannedRecipient[];
  createdAtMs: number;
  notAfterMs: number;
}

/**
 * TOO_MANY_RECIPIENTS, VALIDATION_FAILED, SESSION_NOT_CONNECTED for a session that waits for a person (never scanned, logged out), or
 * SESSION_RESTRICTED, which may last a day. A session that is only between two connections is fine: its messages wait.
 */
export function planBulkSend(body: BodyOf<typeof bulkSend>, facts: BulkSendFacts): PlannedBulkSend | Rejection {
  const refused =
    recipientsRefusal(body.contacts) ?? sessionRefusal(facts.session.status) ?? restriction(facts.session);
  if (refused !== undefined) return refused;

  const recipients = planRecipients(body.contacts.map(addressIn), facts.numbers);
  const delayMs = body.delay ?? defaultDelayMs;
  const distinct = recipients.filter((r) => r.duplicateOf === undefined).length;
  return {
    campaignId: facts.campaignId,
    message: body.message,
    delayMs,
    recipients,
    createdAtMs: facts.nowMs,
    notAfterMs: campaignDeadline(facts.nowMs, distinct, delayMs),
  };
}

type Contact = BodyOf<typeof bulkSend>['contacts'][number];
export const addressIn = (contact: Contact): string => (typeof contact === 'string' ? contact : contact.number);

function recipientsRefusal(contacts: readonly unknown[]): Rejection | undefined {
  if (contacts.length > maxRecipients) return reject('TOO_MANY_RECIPIENTS', { param: 'contacts' });
  if (contacts.length === 0) {
    return reject('VALIDATION_FAILED', { param: 'contacts', message: 'contacts must name at least one number' });
  }
  return undefined;
}

export function sessionRefusal(status: SessionStatus): Rejection | undefined {
  switch (status) {
    case 'connected':
    case 'connecting':
    case 'reconnecting':
      return undefined;
    case 'pending':
    case 'disconnected':
    case 'error':
      return reject('SESSION_NOT_CONNECTED', { details: { status } });
    default:
      return status satisfies never;
  }
}

const restriction = ({ restrictedUntil }: UsedSession): Rejection | undefined =>
  restrictedUntil === undefined ? undefined : restrictedUntilThen(restrictedUntil);

/** `until`: undefined when nobody knows. */
export const restrictedUntilThen = (until: string | undefined): Rejection =>
  until === undefined
    ? reject('SESSION_RESTRICTED')
    : reject('SESSION_RESTRICTED', {
        message: `WhatsApp lets the session start no new chats until ${until}`,
        details: { until },
      });

function planRecipients(contacts: readonly string[], numbers: BulkSendFacts['numbers']): PlannedRecipient[] {
  const firstPositions = new Map<string, number>();
  return contacts.map((contact, position) => {
    const address = numbers.get(contact) ?? contact;
    const first = firstPositions.get(address);
    if (first === undefined) firstPositions.set(address, position);
    return { position, contact, duplicateOf: first };
  });
}
