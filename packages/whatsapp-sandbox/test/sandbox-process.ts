/** A sandbox in a process of its own, so that a test can kill it. Arguments: data folder. */
import { createSandbox } from '../src/index.ts';

const sandbox = createSandbox({ dataDir: process.argv[2] ?? '' });
await sandbox.start();

process.on('message', ({ qr, phone }: { qr: string; phone: string }) => {
  // A refusal would be a bug of the test: let it end the process.
  void sandbox.scanQr({ qr, phone, owner: 'tenant-a' });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: sandbox.url, noiseRoot: sandbox.noiseRootPublicKey.toString('base64') });
