import { it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { startHarness } from './test-support/engine-harness.ts';
it('dbg', async () => {
  const h = await startHarness({ logger: { debug() {}, trace() {}, info: (...a: unknown[]) => console.log('SB', ...a), warn: (...a: unknown[]) => console.log('SBW', ...a), error: (...a: unknown[]) => console.log('SBE', ...a) } as never });
  await h.startEngine();
  const sessionId = randomUUID();
  await h.create(sessionId);
  const { qrCode } = await h.qr(sessionId);
  await h.sandbox.scanQr({ qr: qrCode ?? '', phone: '15551230001', owner: h.tenant });
  await new Promise((r) => setTimeout(r, 3000));
  console.log(JSON.stringify(await h.read('session', sessionId), null, 1));
  await h[Symbol.asyncDispose]();
});
