import type { ServiceReply } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { nameAbsentSandbox } from './name-absent-sandbox.ts';

const silence: ServiceReply = { ok: false, code: 'SERVICE_UNAVAILABLE' };

describe('a service that does not answer', () => {
  it('is a sandbox that is not there, in an installation for the real network', () => {
    expect(nameAbsentSandbox(silence, 'sandbox', 'whatsapp')).toEqual({ ok: false, code: 'SANDBOX_DISABLED' });
  });

  it('is an outage otherwise', () => {
    expect(nameAbsentSandbox(silence, 'sandbox', 'sandbox')).toBe(silence);
    expect(nameAbsentSandbox(silence, 'auth', 'whatsapp')).toBe(silence);
  });

  it('is none where the sandbox answers', () => {
    const refused: ServiceReply = { ok: false, code: 'SANDBOX_PHONE_IN_USE' };
    expect(nameAbsentSandbox(refused, 'sandbox', 'whatsapp')).toBe(refused);
  });
});
