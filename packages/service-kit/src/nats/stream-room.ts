/** How full the bus is, as far as its limits tell. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { nextMessage } from './stored-messages.ts';

export interface Room {
  bytes: number;
  /** Undefined: no limit but the disk of the servers, which the bus does not tell. */
  maxBytes: number | undefined;
}
const limitOf = (value: number | undefined): number | undefined =>
  value === undefined || value < 0 ? undefined : value;

/** Of all streams together. */
export async function accountRoom(nc: NatsConnection): Promise<Room> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { storage, limits } = await jsm.getAccountInfo();
  return { bytes: storage, maxBytes: limitOf(limits.max_storage) };
}

/** When the first message from a sequence on, under a subject, was stored; undefined when there is none. */
export async function storedAtOfNext(
  nc: NatsConnection,
  stream: string,
  { fromSeq, subject }: { fromSeq: number; subject: string },
): Promise<Date | undefined> {
  return (await nextMessage(nc, stream, { fromSeq, subject }))?.storedAt;
}
