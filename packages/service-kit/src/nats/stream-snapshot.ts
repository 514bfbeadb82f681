/**
 * A stream as bytes, and back, by the server's own means: sequences, times and headers stay. Consumers are left out: whoever reads has its
 * position elsewhere. https://docs.nats.io/running-a-nats-service/nats_admin/jetstream_admin/disaster_recovery
 */
import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { inboxPrefixOf } from './inbox-prefix.ts';
import { withIncarnation } from './streams.ts';

/** What the server wants to hear again with the bytes. */
export interface StreamSnapshot {
  config: Record<string, unknown>;
  state: Record<string, unknown>;
}

const chunkBytes = 128 * 1024;
const answerTimeoutMs = 30_000;

class SnapshotInterrupted extends Error {
  override readonly name = 'SnapshotInterrupted';
}

type ApiAnswer = { error?: ConstructorParameters<typeof JetStreamApiError>[0] };

async function ask<T>(nc: NatsConnection, subject: string, question: unknown): Promise<T> {
  const reply = await nc.request(subject, JSON.stringify(question), { timeout: answerTimeoutMs });
  return answerIn<T>(reply);
}
function answerIn<T>(reply: Msg): T {
  const answer = reply.json<T & ApiAnswer>();
  if (answer.error !== undefined) throw new JetStreamApiError(answer.error);
  return answer;
}

/**
 * The bytes of a stream, in order, while it goes on being written. `write` may take its time: the server waits for it.
 * @throws JetStreamApiError, SnapshotInterrupted
 */
export async function snapshotStream(
  nc: NatsConnection,
  stream: string,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<StreamSnapshot> {
  const inbox = createInbox(inboxPrefixOf(nc));
  const chunks = nc.subscribe(inbox);
  const giveUp = () => chunks.unsubscribe();
  let timer: NodeJS.Timeout | undefined;
  try {
    const snapshot = await ask<StreamSnapshot>(nc, `$JS.API.STREAM.SNAPSHOT.${stream}`, {
      deliver_subject: inbox,
      no_consumers: true,
      chunk_size: chunkBytes,
    });
    timer = setTimeout(giveUp, answerTimeoutMs);
    for await (const chunk of chunks) {
      clearTimeout(timer);
      if (chunk.data.length === 0) {
        const { code = 0, description = '' } = chunk.headers ?? {};
        if (code >= 400) throw new SnapshotInterrupted(`${stream}: ${code} ${description}`);
        return { config: snapshot.config, state: snapshot.state };
      }
      await write(chunk.data);
      // Of these the server sends a few ahead, then waits.
      chunk.respond();
      timer = setTimeout(giveUp, answerTimeoutMs);
    }
    throw new SnapshotInterrupted(`${stream}: the server sent nothing for ${answerTimeoutMs} ms`);
  } finally {
    clearTimeout(timer);
    chunks.unsubscribe();
  }
}

/**
 * Makes the stream with what it held. Its name must be free.
 * @throws JetStreamApiError 10058 when the stream is there
 */
export async function restoreStream(
  nc: NatsConnection,
  stream: string,
  { config, state }: StreamSnapshot,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { deliver_subject: target } = await ask<{ deliver_subject: string }>(nc, `$JS.API.STREAM.RESTORE.${stream}`, {
    config,
    state,
  });
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; at += chunkBytes) {
      const taken = await nc.request(target, piece.subarray(at, at + chunkBytes), { timeout: answerTimeoutMs });
      if (taken.data.length > 0 && taken.string().startsWith('{')) answerIn(taken);
    }
  }
  answerIn(await nc.request(target, undefined, { timeout: answerTimeoutMs }));
}

/** Marks a restored log as another one than that it is a copy of. */
export async function beginIncarnation(nc: NatsConnection, stream: string, incarnation: string): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { config } = await jsm.streams.info(stream);
  await jsm.streams.update(stream, { ...config, description: withIncarnation(config.description ?? '', incarnation) });
}
