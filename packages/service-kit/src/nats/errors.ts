/** What the bus can answer, as classes. Codes: nats-server `server/errors.json`. */
import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

class BusError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** 10071: somebody else appended to this subject first. `actual` is the subject's last sequence where the server tells it. */
export class WrongExpectedSequence extends BusError {
  readonly subject: string;
  readonly expected: number | undefined;
  readonly actual: number | undefined;

  constructor(subject: string, expected: number | undefined, actual: number | undefined) {
    super(`${subject}: expected last sequence ${expected}, it is ${actual ?? 'another'}`);
    this.subject = subject;
    this.expected = expected;
    this.actual = actual;
  }
}
/** 10077 with "per subject": this one subject is at its ceiling; others are not affected. */
export class SubjectFull extends BusError {
  readonly subject: string;

  constructor(subject: string) {
    super(`${subject}: holds as many messages as its stream allows per subject`);
    this.subject = subject;
  }
}
/** No acknowledgement in time, retries included. The message may or may not be stored; the same `msgId` may be published again. */
export class PublishTimeout extends BusError {
  readonly subject: string;

  /** @param refusal what the last attempt was refused with, such as `10023 insufficient resources` */
  constructor(subject: string, timeoutMs: number, refusal?: string) {
    super(`${subject}: not acknowledged in ${timeoutMs} ms${refusal === undefined ? '' : `, refused with ${refusal}`}`);
    this.subject = subject;
  }
}
/** Nobody stores this subject: the stream is missing, or stayed without a leader for the whole timeout. */
export class NoStream extends BusError {
  readonly subject: string;

  constructor(subject: string) {
    super(`${subject}: no stream takes this subject`);
    this.subject = subject;
  }
}
/** Any other refusal of the server, such as a full stream or a message above the size limit. */
export class PublishRefused extends BusError {
  readonly subject: string;
  readonly code: number;

  constructor(subject: string, code: number, description: string) {
    super(`${subject}: refused with ${code} ${description}`);
    this.subject = subject;
    this.code = code;
  }
}
/** The publisher or connection was closed while the message was under way. */
export class PublisherClosed extends BusError {}

/**
 * The log is not the one the reader knows: recreated, or shorter than what was read already. Never continue by oneself: rows were
 * derived from events that do not exist any more.
 */
export class LogDiverged extends BusError {}
/** The events from `wanted` up to `firstSeq - 1` have left the stream by age: read them from the archive first. */
export class LogTrimmed extends BusError {
  readonly wanted: number;
  readonly firstSeq: number;

  constructor(stream: string, wanted: number, firstSeq: number) {
    super(`${stream}: sequence ${wanted} wanted, the oldest kept is ${firstSeq}`);
    this.wanted = wanted;
    this.firstSeq = firstSeq;
  }
}
/** The server never confirmed an acknowledgement, or its consumer does not exist any more (superseded by a new owner). */
export class AckFailed extends BusError {}
/** Another consumer of the work-queue stream already covers (part of) this filter: 10099, 10100. */
export class ConsumerConflict extends BusError {}

const ofConnections = [
  errors.ClosedConnectionError,
  errors.ConnectionError,
  errors.DrainingConnectionError,
  errors.NoRespondersError,
  errors.RequestError,
  errors.TimeoutError,
];
/** Nobody answered: the server is away, starts, or has no leader. The same may succeed in a moment. */
export const isBusAway = (error: unknown): boolean =>
  ofConnections.some((kind) => error instanceof kind) ||
  (error instanceof JetStreamApiError && error.status === 503) ||
  // Of a server that has just started. The class is not exported.
  (error instanceof Error && error.name === 'JetStreamNotEnabled');

const apiCodeOf = (error: unknown): number | undefined => (error instanceof JetStreamApiError ? error.code : undefined);

export const isStreamNotFound = (error: unknown): boolean => apiCodeOf(error) === 10059;
export const isConsumerNotFound = (error: unknown): boolean => apiCodeOf(error) === 10014;
/** Told to a pull that waits when its consumer is deleted: 409 without a code of its own. */
export const isConsumerDeleted = (error: unknown): boolean =>
  error instanceof JetStreamError && /^consumer deleted/i.test(error.message);
/** 10037 when it is read, 10043 or 10057 when it is deleted. */
export const isMessageNotFound = (error: unknown): boolean => [10037, 10043, 10057].includes(apiCodeOf(error) ?? 0);
export const isConsumerConflict = (error: unknown): boolean => [10099, 10100].includes(apiCodeOf(error) ?? 0);
/** A compare-and-set (KV `create`, `update`) that lost: somebody wrote a later revision. */
export const isWrongRevision = (error: unknown): boolean => [10071, 10164].includes(apiCodeOf(error) ?? 0);
