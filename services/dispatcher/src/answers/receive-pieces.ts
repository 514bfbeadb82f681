/** A file in pieces, as the gateway hands it on: the first request names where the pieces go, the last one has the answer. */
import { type Rejection, type ServiceReply, type ServiceRequest, subjects } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import { answer, type NatsConnection, refuse, serveRequests } from '@wam/service-kit/nats';
import type { AnswerDeps } from './answers-deps.ts';

export interface UploadDeps extends AnswerDeps {
  nats: NatsConnection;
  logger: Logger;
}
export interface Upload {
  push(bytes: Uint8Array): Promise<Rejection | undefined>;
  finish(): Promise<ServiceReply>;
  /** The sender is gone, or a piece was refused. */
  abort(): Promise<void>;
}

/** Between two pieces; then the caller is gone. */
const patienceMs = 60_000;

/** @returns the answer that tells the gateway where the pieces go */
export async function receivePieces(
  { nats, logger, clock }: UploadDeps,
  { operation, uploadId, upload }: { operation: string; uploadId: string; upload: Upload },
): Promise<ServiceReply> {
  const subject = subjects.upload('dispatcher', uploadId);
  let timer = clock.setTimeout(() => undefined, 0);
  const service = serveRequests(nats, {
    from: { subject },
    handlers: { [operation]: receive },
    logger,
    maxConcurrent: 1,
  });
  const close = (): void => {
    timer.cancel();
    // Not awaited: it waits for the request that asks for it.
    void service.stop();
  };
  const waitForNext = (): void => {
    timer.cancel();
    timer = clock.setTimeout(() => {
      close();
      upload.abort().catch((error) => logger.warn({ err: error }, 'an abandoned upload could not be discarded'));
    }, patienceMs);
  };

  async function receive({ body }: ServiceRequest): Promise<ServiceReply> {
    const piece = body as { data?: string; end?: true };
    if (piece.data !== undefined) {
      waitForNext();
      const refused = await upload.push(Buffer.from(piece.data, 'base64'));
      waitForNext();
      if (refused === undefined) return answer(200, {});
      close();
      await upload.abort();
      return refuse(refused);
    }
    close();
    if (piece.end === true) return upload.finish();
    await upload.abort();
    return answer(200, {});
  }

  await service.start();
  waitForNext();
  return answer(200, { subject });
}
