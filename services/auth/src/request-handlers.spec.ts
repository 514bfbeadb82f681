import { type ServiceRequest, userPrincipal } from '@wam/contracts';
import { expect, test } from 'vitest';
import { authRequestHandlers } from './request-handlers.ts';
import type { AuthUseCases } from './use-cases.ts';

const request: ServiceRequest = {
  operation: 'login',
  requestId: 'req_1',
  principal: userPrincipal('00000000-0000-4000-8000-000000000001', 'user@example.com', 'trial'),
  params: {},
  query: {},
  body: {},
};
const failingWith = (error: Error) =>
  authRequestHandlers(new Proxy({}, { get: () => () => Promise.reject(error) }) as AuthUseCases);

test('while the database is away the service is unavailable, not broken', async () => {
  const handlers = failingWith(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
  for (const handle of Object.values(handlers))
    expect(await handle(request)).toEqual({ ok: false, code: 'SERVICE_UNAVAILABLE' });
});

test('a defect stays a defect', async () => {
  for (const handle of Object.values(failingWith(new TypeError('x'))))
    await expect(handle(request)).rejects.toThrow('x');
});
