import { headers as createHeaders, type Msg, type MsgHdrs, type NatsConnection, nuid } from '@nats-io/transport-node';
import {
  NoStream,
  PublisherClosed,
  PublishRefused,
  PublishTimeout,
  SubjectFull,
  WrongExpectedSequence,
} from './errors.ts';
import { createReplyInbox, isNoResponders } from './reply-inbox.ts';

export interface PublishOptions {
  /** Deduplication id, remembered by the stream for its duplicate window (2 min). Default: a fresh one, so that retries are safe. */
  msgId?: string;
  /** Stream sequence of the last message on this very subject; 0 when there must be none. */
  expectedLastSubjectSequence?: number;
  headers?: Readonly<Record<string, string>>;
  /** All attempts together. Default 10 s. */
  timeoutMs?: number;
}
export interface PublishAck {
  stream: string;
  seq: number;
  /** The stream had this `msgId` already; `seq` is where. */
  duplicate: boolean;
}

/**
 * Publishes into JetStream and resolves when the message is stored. An unanswered attempt is repeated with the same `msgId`, so an
 * acknowledged message is stored exactly once.
 */
export interface Publisher {
  /** @throws WrongExpectedSequence, SubjectFull, PublishTimeout, NoStream, PublishRefused, PublisherClosed */
  publish(subject: string, payload: Uint8Array | string, options?: PublishOptions): Promise<PublishAck>;
  /** Messages not acknowledged yet. */
  readonly inFlight: number;
  /** Rejects what is in flight. */
  close(): void;
}
export interface PublisherOptions {
  /** Default of `PublishOptions.timeoutMs`. */
  timeoutMs?: number;
  /** On every message. */
  headers?: Readonly<Record<string, string>>;
}

interface InFlight {
  token: number;
  reply: string;
  subject: string;
  payload: Uint8Array | string;
  headers: MsgHdrs;
  expected: number | undefined;
  timeoutMs: number;
  deadlineMs: number;
  retryAtMs: number;
  sawNoStream: boolean;
  /** What the last attempt was refused with, if it may be repeated. */
  refusal?: string;
  resolve: (ack: PublishAck) => void;
  reject: (error: Error) => void;
}
interface AckBody {
  stream: string;
  seq: number;
  duplicate?: boolean;
  error?: { code: number; err_code?: number; description: string };
}

const SWEEP_MS = 50;
/** An attempt without an answer is repeated: ten times the slowest healthy acknowledgement measured at R3. */
const ATTEMPT_TIMEOUT_MS = 1_000;
const NO_STREAM_RETRY_MS = 250;
/** 10008, 10009: no leader at the moment; 10023: insufficient resources; 10158: the first attempt is still being replicated. */
const transientCodes = new Set([10008, 10009, 10023, 10158]);
/** 10071 names the actual sequence; 10164 (2.12+) does not. */
const wrongSequenceCodes = new Set([10071, 10164]);

const decoder = new TextDecoder();

function refusalOf(sent: InFlight, error: NonNullable<AckBody['error']>): Error {
  const code = error.err_code ?? error.code;
  if (wrongSequenceCodes.has(code)) {
    const actual = /wrong last sequence: (\d+)/.exec(error.description)?.[1];
    return new WrongExpectedSequence(sent.subject, sent.expected, actual === undefined ? undefined : Number(actual));
  }
  // 10077 is "the store refused"; only its text tells which limit was reached.
  if (code === 10077 && error.description.includes('per subject')) return new SubjectFull(sent.subject);
  return new PublishRefused(sent.subject, code, error.description);
}

export function createPublisher(nc: NatsConnection, options: PublisherOptions = {}): Publisher {
  const commonHeaders = Object.entries(options.headers ?? {});
  const inbox = createReplyInbox(nc);
  const inFlight = new Map<number, InFlight>();
  let sweeper: NodeJS.Timeout | undefined;
  let closed = false;

  function settle(sent: InFlight): void {
    inbox.forget(sent.token);
    inFlight.delete(sent.token);
    if (inFlight.size === 0 && sweeper !== undefined) {
      clearInterval(sweeper);
      sweeper = undefined;
    }
  }
  function fail(sent: InFlight, error: Error): void {
    settle(sent);
    sent.reject(error);
  }
  function attempt(sent: InFlight): void {
    sent.retryAtMs = performance.now() + ATTEMPT_TIMEOUT_MS;
    try {
      nc.publish(sent.subject, sent.payload, { reply: sent.reply, headers: sent.headers });
    } catch (error) {
      // Closed, draining, an invalid subject or a payload above the limit: repeating would not help.
      fail(sent, error instanceof Error ? error : new Error(String(error)));
    }
  }
  function receive(sent: InFlight, reply: Msg): void {
    if (isNoResponders(reply)) {
      // Also the answer while a replicated stream elects its leader, hence a retry and not a verdict.
      sent.sawNoStream = true;
      sent.retryAtMs = Math.min(sent.retryAtMs, performance.now() + NO_STREAM_RETRY_MS);
      return;
    }
    let ack: AckBody;
    try {
      ack = JSON.parse(decoder.decode(reply.data)) as AckBody;
    } catch {
      fail(sent, new PublishRefused(sent.subject, 0, 'unreadable acknowledgement'));
      return;
    }
    if (ack.error) {
      sent.sawNoStream = false;
      if (transientCodes.has(ack.error.err_code ?? 0)) {
        sent.refusal = `${ack.error.err_code} ${ack.error.description}`;
        sent.retryAtMs = Math.min(sent.retryAtMs, performance.now() + NO_STREAM_RETRY_MS);
        return;
      }
      fail(sent, refusalOf(sent, ack.error));
      return;
    }
    settle(sent);
    sent.resolve({ stream: ack.stream, seq: ack.seq, duplicate: ack.duplicate === true });
  }
  function sweep(): void {
    const now = performance.now();
    for (const sent of inFlight.values()) {
      if (now >= sent.deadlineMs)
        fail(
          sent,
          sent.sawNoStream
            ? new NoStream(sent.subject)
            : new PublishTimeout(sent.subject, sent.timeoutMs, sent.refusal),
        );
      else if (now >= sent.retryAtMs) attempt(sent);
    }
  }
  function close(): void {
    if (closed) return;
    closed = true;
    for (const sent of [...inFlight.values()]) fail(sent, new PublisherClosed(`${sent.subject}: publisher closed`));
    if (!nc.isClosed()) inbox.close();
  }
  /** What was under way when the connection broke is lost or stored: repeat it at once instead of waiting for the sweep. */
  async function watchConnection(): Promise<void> {
    for await (const status of nc.status()) {
      if (closed) return;
      if (status.type === 'reconnect') for (const sent of [...inFlight.values()]) attempt(sent);
    }
    close();
  }
  // Ends with the connection; it has nothing to reject with.
  void watchConnection();

  return {
    publish(subject, payload, publishOptions = {}) {
      if (closed || nc.isClosed()) return Promise.reject(new PublisherClosed(`${subject}: publisher closed`));
      const headers = createHeaders();
      headers.set('Nats-Msg-Id', publishOptions.msgId ?? nuid.next());
      const expected = publishOptions.expectedLastSubjectSequence;
      if (expected !== undefined) headers.set('Nats-Expected-Last-Subject-Sequence', String(expected));
      for (const [name, value] of commonHeaders) headers.set(name, value);
      for (const [name, value] of Object.entries(publishOptions.headers ?? {})) headers.set(name, value);
      const timeoutMs = publishOptions.timeoutMs ?? options.timeoutMs ?? 10_000;
      return new Promise((resolve, reject) => {
        const { token, subject: reply } = inbox.expect((answer) => receive(sent, answer));
        const sent: InFlight = {
          token,
          reply,
          subject,
          payload,
          headers,
          expected,
          timeoutMs,
          deadlineMs: performance.now() + timeoutMs,
          retryAtMs: 0,
          sawNoStream: false,
          resolve,
          reject,
        };
        inFlight.set(token, sent);
        sweeper ??= setInterval(sweep, SWEEP_MS);
        attempt(sent);
      });
    },
    get inFlight() {
      return inFlight.size;
    },
    close,
  };
}
