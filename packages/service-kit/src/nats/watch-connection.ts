import type { NatsConnection } from '@nats-io/transport-node';
import { defineGauge } from '../telemetry/metrics.ts';

const connectionsDown = defineGauge({
  name: 'wam_nats_connections_down',
  help: 'Connections of this process to NATS that are lost and being made again',
});

/** Exports whether the connection is up, until it is closed for good. */
export async function watchConnection(nc: NatsConnection): Promise<void> {
  let isUp = true;
  const withdraw = connectionsDown.observeFrom(() => [[{}, isUp ? 0 : 1]]);
  for await (const { type } of nc.status()) {
    if (type === 'disconnect') isUp = false;
    else if (type === 'reconnect') isUp = true;
  }
  withdraw();
}
