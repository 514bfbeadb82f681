/** The network both sides talk to, in a process of its own, keeping its world on disk as a real installation does. */
import { createSandbox, type Sandbox } from '@wam/whatsapp-sandbox';
import { serveCalls } from '../child-calls.ts';
import { wallClockMs } from './round.ts';

let sandbox: Sandbox;
/** When each text was decrypted by its recipient, wall clock; the first time counts. */
const receivedAt = new Map<string, number>();
let copies = 0;

serveCalls({
  start: async ({ dataDir }: { dataDir: string }) => {
    sandbox = createSandbox({ dataDir });
    sandbox.onReceived(({ text }) => {
      copies++;
      if (!receivedAt.has(text)) receivedAt.set(text, wallClockMs());
    });
    await sandbox.start();
    const http = sandbox.url.replace('ws', 'http').replace('/ws/chat', '');
    return {
      url: sandbox.url,
      scanUrl: `${http}/admin/mock-phone/scan-qr`,
      noiseRoot: sandbox.noiseRootPublicKey.toString('base64'),
    };
  },
  scan: async (request: { qr: string; owner: string }) => (await sandbox.scanQr(request)).phone,
  /** Waits until every text has arrived; resolves with the times, in order. */
  received: async ({ texts, timeoutMs }: { texts: string[]; timeoutMs: number }) => {
    const deadline = Date.now() + timeoutMs;
    while (texts.some((text) => !receivedAt.has(text)) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const times = texts.map((text) => receivedAt.get(text));
    const result = { times, copies };
    receivedAt.clear();
    copies = 0;
    return result;
  },
});
