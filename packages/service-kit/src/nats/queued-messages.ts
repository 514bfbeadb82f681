/** A work queue as a list, which nobody else may consume: to keep it, and to put it back. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, headers as newHeaders } from '@nats-io/transport-node';
import { isMessageNotFound } from './errors.ts';
import { recordHeaders } from './record-headers.ts';

export interface QueuedMessage {
  subject: string;
  headers: Readonly<Record<string, string>>;
  data: Uint8Array;
}

/** One at a time, in order, what waits under a subject now. What comes or goes meanwhile may be in it or not. */
export async function* readQueue(nc: NatsConnection, stream: string, subject: string): AsyncGenerator<QueuedMessage> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  for (let seq = 1; ; ) {
    const found = await jsm.streams
      .getMessage(stream, { seq, next_by_subj: subject } as { seq: number })
      .catch((error: unknown) => {
        if (isMessageNotFound(error)) return null;
        throw error;
      });
    if (found === null) return;
    yield { subject: found.subject, headers: recordHeaders(found.header), data: found.data };
    seq = found.seq + 1;
  }
}

export interface Overheard {
  /** Everything published until now, and the end of listening. */
  take(): Promise<QueuedMessage[]>;
}

/** Hears what is published, before any stream or consumer has it. Resolves when the server listens for us. */
export async function overhear(nc: NatsConnection, subject: string): Promise<Overheard> {
  const heard: QueuedMessage[] = [];
  let failure: Error | undefined;
  const subscription = nc.subscribe(subject, {
    callback: (error, { subject: of, headers, data }) => {
      if (error) failure = error;
      // A copy: the data is a part of what the socket read.
      else heard.push({ subject: of, headers: recordHeaders(headers), data: data.slice() });
    },
  });
  await nc.flush();
  return {
    async take() {
      await nc.flush();
      subscription.unsubscribe();
      if (failure) throw failure;
      return heard;
    },
  };
}

const ofTheServer = /^nats-(?!msg-id$)/i;

/** Stores a message as its sender did. Without expectations of the sender, which were met then. */
export async function putBack(nc: NatsConnection, { subject, headers, data }: QueuedMessage): Promise<void> {
  const kept = newHeaders();
  for (const [name, value] of Object.entries(headers)) if (!ofTheServer.test(name)) kept.set(name, value);
  await jetstream(nc).publish(subject, data, { headers: kept });
}
