import type { IncomingMessage } from 'node:http';
import type { IdSource } from '@wam/service-kit';

/** What may be echoed in headers, logs and events without a second thought. */
const sane = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's X-Request-Id when it is harmless, so that its logs and ours meet; otherwise `req_` and a ULID. */
export const requestIdOf =
  (ids: IdSource) =>
  ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && sane.test(given) ? given : `req_${ids.ulid()}`;
  };
