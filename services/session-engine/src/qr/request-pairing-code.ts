import type { BodyOf, requestPairingCode, ServiceReply, ServiceRequest } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import type { Sessions } from '../session/sessions.ts';

/** A login and its first QR code take a second or two; a busy engine queues logins. */
const waitMs = 15_000;

/** Answers `requestPairingCode`. The code goes to the caller and nowhere else: whoever has it can take the session. */
export function createRequestPairingCode(sessions: Sessions): (request: ServiceRequest) => Promise<ServiceReply> {
  return async ({ params, body, principal }) => {
    const runner = params.sessionId === undefined ? undefined : sessions.get(params.sessionId);
    if (!runner || runner.session.tenant !== principal?.tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    const { phone } = body as BodyOf<typeof requestPairingCode>;
    const asked = await runner.pairingCode(phone, waitMs);
    switch (asked.kind) {
      case 'code': {
        const { code, expiresAt } = asked;
        return answer(200, { code: `${code.slice(0, 4)}-${code.slice(4)}`, phone, expiresAt });
      }
      case 'linked':
        return refuse({ code: 'SESSION_ALREADY_CONNECTED' });
      case 'gone':
        return refuse({ code: 'SESSION_NOT_FOUND' });
      case 'unavailable':
        return refuse({ code: 'SERVICE_UNAVAILABLE' });
      default:
        return asked satisfies never;
    }
  };
}
