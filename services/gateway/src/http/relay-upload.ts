import type { Readable } from 'node:stream';
import type { ServiceReply, ServiceRequest } from '@wam/contracts';
import type { Requester } from '@wam/service-kit/nats';
import type { FastifyRequest } from 'fastify';

/** Bytes in one request; a third more as base64, which stays below the bus' limit of 1 MB. */
const pieceBytes = 512 * 1024;
/** For a service to take up one piece. */
const pieceTimeoutMs = 60_000;

/**
 * Hands a body on as it comes, one piece after the other: the sender is held back to the pace at which the service takes it, and no more
 * than a piece is held here.
 */
export async function relayUpload(
  requester: Requester,
  { subject, question, maxBytes }: { subject: string; question: ServiceRequest; maxBytes: number },
  request: FastifyRequest,
): Promise<ServiceReply> {
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const begun = await requester.request(subject, { ...question, body: { contentType } }, pieceTimeoutMs);
  if (!begun.ok) return begun;
  const { subject: to } = begun.body as { subject: string };
  const hand = (body: object) => requester.request(to, { ...question, body }, pieceTimeoutMs);

  const body = request.body as Readable | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let total = 0;
  const flush = async (): Promise<ServiceReply> => {
    const data = Buffer.concat(held).toString('base64');
    held = [];
    heldBytes = 0;
    return hand({ data });
  };
  try {
    // A request that is destroyed is no longer read, and stops its connection for all that come after it.
    for await (const chunk of body?.iterator({ destroyOnReturn: false }) ?? []) {
      total += chunk.length;
      if (total > maxBytes) {
        await hand({ abort: true });
        return { ok: false, code: 'PAYLOAD_TOO_LARGE', message: `The file is larger than ${maxBytes} bytes` };
      }
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes < pieceBytes) continue;
      const taken = await flush();
      if (!taken.ok) return taken;
    }
  } catch (error) {
    // The sender is gone; nothing of the file stays.
    await hand({ abort: true });
    throw error;
  } finally {
    // What is left of a file that was refused.
    body?.resume();
  }
  if (heldBytes > 0) {
    const taken = await flush();
    if (!taken.ok) return taken;
  }
  return hand({ end: true });
}
