/** A phone that WhatsApp lets write to nobody new for a time ("reach-out time lock"): what its linked clients are told of it. */

import { unixSeconds } from '../clock.ts';
import type { Node } from '../protocol/index.ts';
import { SERVER_JID } from '../state/account.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import { type Network, targetOf } from './network.ts';

/** When it ends, in ms; undefined while there is none. */
export function restrictedUntil({ faults, world }: Network, device: CompanionDevice): number | undefined {
  const fault = faults.take('restrict', targetOf(device));
  const untilMs = fault && Date.parse(fault.until);
  return untilMs !== undefined && untilMs > world.clock.now() ? untilMs : undefined;
}

/** The body of the answer to the query, and of the notification. */
export const restrictionBody = (field: string, untilMs: number | undefined): Buffer =>
  Buffer.from(
    JSON.stringify({
      data: {
        [field]:
          untilMs === undefined
            ? { is_active: false }
            : {
                is_active: true,
                time_enforcement_ends: String(Math.floor(untilMs / 1000)),
                enforcement_type: 'WEB_COMPANION_ONLY',
              },
      },
    }),
  );

/** Notifies the connected clients for which `change` makes a difference. */
export function tellRestrictions<T>(network: Network, change: () => T): T {
  const connections = Array.from(network.connected.all).flatMap((connection) => {
    const device = connection.active ? connection.loggedIn?.device : undefined;
    return device === undefined ? [] : [{ connection, device, before: restrictedUntil(network, device) }];
  });
  const changed = change();
  for (const { connection, device, before } of connections) {
    const now = restrictedUntil(network, device);
    if (now !== before) connection.send(notification(network, connection.newId(), now));
  }
  return changed;
}

const notification = ({ world }: Network, id: string, untilMs: number | undefined): Node => ({
  tag: 'notification',
  attrs: { from: SERVER_JID, id, type: 'mex', t: unixSeconds(world.clock) },
  content: [
    {
      tag: 'update',
      attrs: { op_name: 'NotificationUserReachoutTimelockUpdate' },
      content: restrictionBody('xwa2_notify_account_reachout_timelock', untilMs),
    },
  ],
});
