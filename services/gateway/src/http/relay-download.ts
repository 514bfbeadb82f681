import { Readable } from 'node:stream';
import type { ServiceReply, ServiceRequest } from '@wam/contracts';
import type { Requester } from '@wam/service-kit/nats';

interface Page {
  text: string;
  /** Where the next page begins; null after the last one. */
  next: number | string | null;
}
const pageTimeoutMs = 15_000;

/**
 * A file that a service makes page by page, each asked for when the reader has room for it. The first page decides whether there is an
 * answer at all; after that a service that stays away cuts the answer off, which every client notices.
 */
export async function relayDownload(
  requester: Requester,
  { subject, question, contentType }: { subject: string; question: ServiceRequest; contentType: string },
): Promise<ServiceReply> {
  const ask = (after?: Page['next']) => requester.request(subject, { ...question, body: { after } }, pageTimeoutMs);
  const first = await ask();
  if (!first.ok) return first;

  async function* pages() {
    let page = first.ok ? (first.body as Page) : undefined;
    while (page !== undefined) {
      if (page.text !== '') yield page.text;
      if (page.next === null) return;
      const reply = await ask(page.next);
      if (!reply.ok) throw new Error(`the rest of a file did not come: ${reply.code}`);
      page = reply.body as Page;
    }
  }
  return {
    ok: true,
    status: 200,
    body: Readable.from(pages()),
    headers: { 'content-type': `${contentType}; charset=utf-8` },
  };
}
