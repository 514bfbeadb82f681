/**
 * Reading the event log in order, from a known place, without gaps, for as long as the process lives.
 *
 * The consumer is thrown away at every disturbance (reconnect, lost heartbeats, a gap) and made anew behind the last event received, after the log
 * was found to be still the same one: the client's own recovery would go on reading a recreated or truncated stream, and waits up to a whole
 * pull timeout between its attempts.
 */
import { errors as clientErrors, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { type AnyEvent, streams, subjects } from '@wam/contracts';
import type { Logger } from '../telemetry/logger.ts';
import { LogDiverged, LogTrimmed } from './errors.ts';
import { pullMessages } from './pull-messages.ts';
import { recordHeaders } from './record-headers.ts';
import { streamState } from './streams.ts';

export interface StoredEvent {
  /** Stream sequence. */
  seq: number;
  subject: string;
  event: AnyEvent;
  headers: Readonly<Record<string, string>>;
}
export interface ConsumeEventsOptions<T = StoredEvent> {
  /** Default EVT. */
  stream?: string;
  /** One subject or pattern (2.9 takes one). Default: all events. */
  filter?: string;
  /** First sequence wanted; 1 is the beginning. */
  fromSeq: number;
  /** Of the log the caller's position belongs to; `undefined` only with a position that belongs to none yet. */
  incarnation: string | undefined;
  /**
   * What of the work on an event depends on nothing but the event: done as it arrives, while `onBatch` of the batch before waits for its
   * database. Default: nothing.
   */
  prepare?: (event: StoredEvent) => T;
  /** Called one batch at a time, in order. When it rejects, consumption ends and `done` rejects. */
  onBatch: (batch: readonly T[]) => Promise<void>;
  /** Default 2000. */
  maxBatch?: number;
  /**
   * Least time between the starts of two batches, unless one is full. Under a steady flow it makes batches of many, which a database
   * thanks with a fraction of the cost; the first event after a quiet time goes at once all the same. Default 0.
   */
  paceMs?: number;
  /** Somebody waits for what has arrived: no pacing while this answers true. */
  isUrgent?: () => boolean;
  logger: Logger;
}
export interface EventConsumption {
  /** Sequence of the last event given to `onBatch` and finished. */
  readonly position: number;
  /** Resolves after `stop`; rejects with LogDiverged, LogTrimmed, or what `onBatch` threw. Handle it: it is the alarm. */
  readonly done: Promise<void>;
  /** Ends a pause between batches; see `isUrgent`. */
  hurry(): void;
  /** Finishes the batch under way. */
  stop(): Promise<void>;
}

const RETRY_MS = 250;
/** @throws LogDiverged, LogTrimmed */
async function verifyLog(
  nc: NatsConnection,
  stream: string,
  position: { incarnation: string | undefined; fromSeq: number },
): Promise<void> {
  const state = await streamState(nc, stream);
  if (position.incarnation !== undefined && state.incarnation !== position.incarnation)
    throw new LogDiverged(`${stream}: created ${state.incarnation}, the position belongs to ${position.incarnation}`);
  if (state.lastSeq < position.fromSeq - 1)
    throw new LogDiverged(`${stream}: ends at ${state.lastSeq}, sequence ${position.fromSeq - 1} was read before`);
  if (state.messages > 0 && state.firstSeq > position.fromSeq)
    throw new LogTrimmed(stream, position.fromSeq, state.firstSeq);
}

class ReceivedEvent implements StoredEvent {
  readonly seq: number;
  readonly subject: string;
  readonly event: AnyEvent;
  readonly #message: Msg;

  constructor(message: Msg, seq: number) {
    this.seq = seq;
    this.subject = message.subject;
    const { buffer, byteOffset, length } = message.data;
    this.event = JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as AnyEvent;
    this.#message = message;
  }
  /** Taken apart for those who look. */
  get headers(): Readonly<Record<string, string>> {
    return recordHeaders(this.#message.headers);
  }
}

const isFatal = (error: unknown): boolean => error instanceof LogDiverged || error instanceof LogTrimmed;

export function consumeEvents<T = StoredEvent>(nc: NatsConnection, options: ConsumeEventsOptions<T>): EventConsumption {
  const {
    stream = streams.events.name,
    filter = subjects.allEvents,
    maxBatch = 2_000,
    paceMs = 0,
    isUrgent = () => false,
    prepare = (event) => event as T,
    logger,
  } = options;
  const everySequence = filter === subjects.allEvents || filter === '>';
  const buffer: { seq: number; prepared: T }[] = [];
  let received = options.fromSeq - 1;
  let position = received;
  let stopped = false;
  let failure: unknown;
  let disturb: () => void = () => {};
  let wakeFlusher: () => void = () => {};
  let readOn: () => void = () => {};
  let hurry: () => void = () => {};

  function end(error?: unknown): void {
    if (error !== undefined && failure === undefined) failure = error;
    stopped = true;
    disturb();
    wakeFlusher();
    readOn();
    hurry();
  }
  function take(message: Msg, seq: number): void {
    if (everySequence && seq !== received + 1)
      throw new LogDiverged(`${stream}: sequence ${seq} follows ${received}, events between are missing`);
    buffer.push({ seq, prepared: prepare(new ReceivedEvent(message, seq)) });
    received = seq;
    wakeFlusher();
  }

  /** Returns when the consumer was disturbed; throws when reading must not go on. */
  async function readUntilDisturbed(): Promise<void> {
    await verifyLog(nc, stream, { incarnation: options.incarnation, fromSeq: received + 1 });
    const pull = await pullMessages(nc, {
      stream,
      filter,
      fromSeq: received + 1,
      onMessage: take,
      // While a slow reader is at it the server sends nothing more.
      hasRoom: () => buffer.length < 2 * maxBatch,
    });
    disturb = pull.stop;
    readOn = pull.more;
    if (stopped) pull.stop();
    await pull.ended;
  }

  async function readForever(): Promise<void> {
    while (!stopped) {
      try {
        await readUntilDisturbed();
      } catch (error) {
        if (isFatal(error) || error instanceof SyntaxError || nc.isClosed()) return end(error);
        logger.warn({ err: error, stream, filter, received }, 'event consumer disturbed; trying again');
      }
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  async function flushForever(): Promise<void> {
    let startedAtMs = Number.NEGATIVE_INFINITY;
    for (;;) {
      if (buffer.length === 0) {
        if (stopped) return;
        await new Promise<void>((resolve) => {
          wakeFlusher = resolve;
        });
        // Let the rest of the chunk that woke us arrive: a batch of one would be the rule otherwise.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      if (stopped) return;
      const restMs = startedAtMs + paceMs - performance.now();
      if (restMs > 0 && buffer.length < maxBatch && !isUrgent()) await pause(restMs);
      startedAtMs = performance.now();
      const batch = buffer.splice(0, maxBatch);
      readOn();
      await options.onBatch(batch.map(({ prepared }) => prepared));
      position = batch.at(-1)!.seq;
    }
  }
  async function watchConnection(): Promise<void> {
    for await (const status of nc.status()) {
      if (stopped) return;
      // Not at the disconnect: a request sent then is lost and costs its whole timeout.
      if (status.type === 'reconnect') disturb();
    }
    end(new clientErrors.ClosedConnectionError());
  }

  // Both end with the consumption; their outcomes are in `failure`.
  void watchConnection();
  const reading = readForever();
  const done = flushForever()
    .catch((error: unknown) => end(error))
    .then(() => reading)
    .then(() => {
      if (failure !== undefined) throw failure;
    });
  return {
    get position() {
      return position;
    },
    done,
    hurry: () => hurry(),
    async stop() {
      end();
      await done.catch(() => undefined);
    },
  };
}
