import type { Network } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';

export interface NetworkSettings {
  network: Network;
  url: string | undefined;
  /** Base64. */
  noiseRoot: string | undefined;
}
export interface FoundNetwork {
  url: string;
  /** Absent: the client library's own, WhatsApp's. */
  noiseRoot?: Buffer;
}

const whatsAppUrl = 'wss://web.whatsapp.com/ws/chat';
const sandboxTimeoutMs = 30_000;
const retryMs = 250;

/** Where to connect and whom to trust. A sandbox that is still starting is waited for. */
export async function findNetwork(settings: NetworkSettings, clock: Clock, signal: AbortSignal): Promise<FoundNetwork> {
  const url = settings.url ?? (settings.network === 'whatsapp' ? whatsAppUrl : undefined);
  if (url === undefined) throw new Error('WHATSAPP_URL is needed for the sandbox: the address the sandbox prints');
  if (settings.noiseRoot !== undefined) return { url, noiseRoot: Buffer.from(settings.noiseRoot, 'base64') };
  if (settings.network === 'whatsapp') return { url };
  return { url, noiseRoot: await fetchNoiseRoot(url, clock, signal) };
}

async function fetchNoiseRoot(socketUrl: string, clock: Clock, signal: AbortSignal): Promise<Buffer> {
  const url = new URL('/admin/noise-root', socketUrl.replace(/^ws/, 'http'));
  const deadline = clock.monotonicMs() + sandboxTimeoutMs;
  for (;;) {
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const root = Buffer.from((await response.text()).trim(), 'base64');
      if (root.length !== 32) throw new Error('the answer is not a public key');
      return root;
    } catch (error) {
      if (signal.aborted || clock.monotonicMs() >= deadline) {
        throw new Error(`the sandbox at ${url.host} does not tell its Noise root: ${String(error)}`, { cause: error });
      }
      await clock.sleep(retryMs, signal);
    }
  }
}
