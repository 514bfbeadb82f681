/** How full the bus is, as far as its limits tell. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { isMessageNotFound } from './errors.ts';

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
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  try {
    const found = await jsm.streams.getMessage(stream, { seq: fromSeq, next_by_subj: subject } as { seq: number });
    return found?.time;
  } catch (error) {
    if (isMessageNotFound(error)) return undefined;
    throw error;
  }
}
