import type { AnswerOf, checkContacts, QueryOf, ServiceReply, ServiceRequest } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import type { ContactCheck, WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import type { Sessions } from '../session/sessions.ts';
import type { KnownNumbers } from './known-numbers.ts';

/** Answers `checkContacts`: what is known, and one query for the rest. */
export function createCheckContacts(
  sessions: Sessions,
  known: KnownNumbers,
): (request: ServiceRequest) => Promise<ServiceReply> {
  /** False when WhatsApp did not answer. */
  async function learn(connection: WhatsAppConnection, phones: readonly string[]): Promise<boolean> {
    if (phones.length === 0) return true;
    const found = await connection.checkNumbers(phones).catch(() => undefined);
    if (found === undefined) return false;
    // The server leaves out numbers that it knows nothing of.
    for (const phone of phones) known.set(phone, found.get(phone) ?? { onWhatsApp: false });
    return true;
  }

  return async ({ params, query, principal }) => {
    const runner = params.sessionId === undefined ? undefined : sessions.get(params.sessionId);
    if (!runner || runner.session.tenant !== principal?.tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    const connection = runner.openConnection();
    if (!connection) return refuse({ code: 'SESSION_NOT_CONNECTED' });
    const { numbers } = query as QueryOf<typeof checkContacts>;
    const phones = [...new Set(numbers.split(','))];
    const learnt = await learn(
      connection,
      phones.filter((phone) => known.get(phone) === undefined),
    );
    if (!learnt) return refuse({ code: 'SERVICE_UNAVAILABLE' });
    const results = phones.map((number) => {
      const { onWhatsApp, lid }: ContactCheck = known.get(number) ?? { onWhatsApp: false };
      return { number, onWhatsApp, ...(lid === undefined ? {} : { lid }) };
    });
    return answer(200, { results } satisfies AnswerOf<typeof checkContacts, 200>);
  };
}
