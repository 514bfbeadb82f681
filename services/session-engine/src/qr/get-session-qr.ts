import type { ServiceReply, ServiceRequest } from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';
import type { Sessions } from '../session/sessions.ts';
import { renderQr } from './render-qr.ts';

/** The documentation's programs ask once, right after creating a session, and print what they get. */
const waitMs = 10_000;

/** Answers `getSessionQr`: the code as an image, or null when there is nothing to scan. */
export function createGetSessionQr(sessions: Sessions): (request: ServiceRequest) => Promise<ServiceReply> {
  return async ({ params, principal }) => {
    const runner = params.sessionId === undefined ? undefined : sessions.get(params.sessionId);
    if (!runner || runner.session.tenant !== principal?.tenant) return refuse({ code: 'SESSION_NOT_FOUND' });
    const found = await runner.qr(waitMs);
    if (!found) return refuse({ code: 'SESSION_NOT_FOUND' });
    const { status, qr } = found;
    return answer(200, {
      qrCode: qr ? await renderQr(qr.code) : null,
      status,
      expiresAt: qr?.expiresAt ?? null,
    });
  };
}
