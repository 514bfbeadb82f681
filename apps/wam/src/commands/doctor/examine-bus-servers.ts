/** What only the monitoring ports of nats-servers tell: the limit of each store, and whether it is written to the disk at once. */
import { Value } from 'typebox/value';
import { type Finding, warning } from './finding.ts';
import { busServerState, judgeBusServer } from './judge-bus-server.ts';

const patienceMs = 3_000;

/** @param urls such as `http://nats-0.nats:8222`, separated by commas */
export async function examineBusServers(urls: string): Promise<Finding[]> {
  const addresses = urls.split(',').map((url) => url.trim().replace(/\/+$/, ''));
  return (await Promise.all(addresses.map(examineBusServer))).flat();
}

async function examineBusServer(address: string): Promise<Finding[]> {
  try {
    const answer = await fetch(`${address}/varz`, { signal: AbortSignal.timeout(patienceMs) });
    return judgeBusServer(address, Value.Parse(busServerState, await answer.json()));
  } catch (error) {
    const { cause, message } = error as Error;
    const says = `${message}${cause instanceof Error ? ` (${cause.message})` : ''}`;
    return [
      warning(
        `store of ${address}`,
        `was not looked at: ${says}`,
        'set NATS_MONITOR_URL to the monitoring ports (http_port) of the servers, and let the doctor reach them',
      ),
    ];
  }
}
