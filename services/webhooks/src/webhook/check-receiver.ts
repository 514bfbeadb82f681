import type { RejectionBody } from '@wam/contracts';
import type { Clock } from '@wam/service-kit';
import type { AllowList } from '../network/allow-list.ts';
import { faultOfUrl, hostnameOf, mayConnect } from '../network/receiver-policy.ts';
import type { ResolveHost } from '../network/resolve-host.ts';

export interface CheckReceiverDeps {
  allowed: AllowList;
  resolve: ResolveHost;
  clock: Clock;
}

/** A name may have no address yet; it is asked again, and checked, at every connection. */
const resolveTimeoutMs = 1_000;

/** What is wrong with the URL, told while its owner is still looking. */
export async function checkReceiver(
  url: string,
  { allowed, resolve, clock }: CheckReceiverDeps,
): Promise<RejectionBody | undefined> {
  const fault = faultOfUrl(url, allowed);
  if (fault !== undefined) return notAllowed(`url ${fault}`);
  const hostname = hostnameOf(new URL(url));
  const late = Promise.withResolvers<string[]>();
  const timer = clock.setTimeout(() => late.resolve([]), resolveTimeoutMs);
  const addresses = await Promise.race([resolve(hostname).catch(() => []), late.promise]);
  timer.cancel();
  return addresses.every((address) => mayConnect(hostname, address, allowed))
    ? undefined
    : notAllowed('the host of url resolves to a private, local or reserved address');
}

const notAllowed = (message: string): RejectionBody => ({ code: 'WEBHOOK_URL_NOT_ALLOWED', message, param: 'url' });
