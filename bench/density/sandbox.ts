/** The network both sides talk to, in a process of its own. */
import { createSandbox, type Sandbox } from '@wam/whatsapp-sandbox';
import { serveCalls } from '../child-calls.ts';

let sandbox: Sandbox;
const linked = (owner: string) => sandbox.linkedPhones(owner);

serveCalls({
  start: async () => {
    sandbox = createSandbox();
    await sandbox.start();
    const http = sandbox.url.replace('ws', 'http').replace('/ws/chat', '');
    return {
      url: sandbox.url,
      scanUrl: `${http}/admin/mock-phone/scan-qr`,
      noiseRoot: sandbox.noiseRootPublicKey.toString('base64'),
    };
  },
  scan: async (request: { qr: string; owner: string }) => (await sandbox.scanQr(request)).phone,
  online: (owner: string) =>
    linked(owner).filter(({ devices }) => devices.some((device) => device.online && device.owner === owner)).length,
  /** Every connection of the owner ends at once. */
  outage: (owner: string) => {
    for (const { phone } of linked(owner)) sandbox.disconnect({ phone, code: 'reset', owner });
  },
});
