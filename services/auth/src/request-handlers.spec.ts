import type { ServiceRequest } from '@wam/contracts';
import { expect, test } from 'vitest';
import { authRequestHandlers } from './request-handlers.ts';

const request: ServiceRequest = { operation: 'login', requestId: 'req_1', params: {}, query: {}, body: {} };
const failingWith = (error: Error) => {
  const fail = () => Promise.reject(error);
  return authRequestHandlers({ register: fail, logIn: fail, issueToken: fail, publishedKeys: fail });
};

test('while the database is away the service is unavailable, not broken', async () => {
  const handlers = failingWith(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  for (const handle of Object.values(handlers))
    expect(await handle(request)).toEqual({ ok: false, code: 'SERVICE_UNAVAILABLE' });
});

test('a defect stays a defect', async () => {
  for (const handle of Object.values(failingWith(new TypeError('x'))))
    await expect(handle(request)).rejects.toThrow('x');
});
