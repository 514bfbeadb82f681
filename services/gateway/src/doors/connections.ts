/** Every open connection to the feed: how many an account has, and which ones must end. */
import type { AnyEvent, CloseReason, RejectionBody } from '@wam/contracts';
import type { Clock, Logger, Timer } from '@wam/service-kit';
import type { EntitlementsDirectory } from '../authenticate/entitlements.ts';
import type { Known } from '../authenticate/identify.ts';
import { type DoorName, realtimeConnections } from '../telemetry.ts';
import type { ConnectionLimits } from './connection-limits.ts';

export interface OpenConnection {
  /** Another credential of the same account, to go on with. */
  renew(known: Known): void;
  /** The connection has ended. */
  closed(): void;
}
export interface Connections {
  /** @param end closes it; called once at most */
  open(
    known: Known,
    door: DoorName,
    end: (reason: CloseReason, message: string) => void,
  ): OpenConnection | RejectionBody;
  /** Something of the account changed: tokens, keys, plan. */
  accountChanged(event: AnyEvent): void;
  /** What happened to accounts meanwhile was not heard. */
  doubtAll(): void;
  readonly count: number;
  closeAll(): void;
  /** Ends its part in the metrics. */
  close(): void;
}
export interface ConnectionsDeps {
  limits: ConnectionLimits;
  entitlements: Pick<EntitlementsDirectory, 'load'>;
  clock: Clock;
  logger: Logger;
}
interface Entry {
  known: Known;
  door: DoorName;
  end(reason: CloseReason, message: string): void;
  expiry: Timer | undefined;
}

/** Longest that Node's timers take. */
const maxTimerMs = 2_147_483_647;
const sameWords = 'The credential of this connection is not valid any more';

export function createConnections({ limits, entitlements, clock, logger }: ConnectionsDeps): Connections {
  const byTenant = new Map<string, Set<Entry>>();
  let count = 0;
  const byDoor: Record<DoorName, number> = { ws: 0, socketio: 0, sse: 0, poll: 0 };
  const unobserve = realtimeConnections.observeFrom(() =>
    Object.entries(byDoor).map(([door, open]) => [{ door }, open] as const),
  );

  function end(entry: Entry, reason: CloseReason, message: string): void {
    forget(entry);
    entry.end(reason, message);
  }
  function forget(entry: Entry): void {
    const { tenant } = entry.known.identity;
    const own = byTenant.get(tenant);
    if (own?.delete(entry) !== true) return;
    count -= 1;
    byDoor[entry.door] -= 1;
    entry.expiry?.cancel();
    if (own.size === 0) byTenant.delete(tenant);
  }
  function watchExpiry(entry: Entry): void {
    entry.expiry?.cancel();
    const { expiresAtMs } = entry.known.identity;
    entry.expiry =
      expiresAtMs === Number.POSITIVE_INFINITY
        ? undefined
        : clock.setTimeout(
            () => end(entry, 'unauthorized', 'The credential of this connection has expired'),
            Math.min(Math.max(0, expiresAtMs - clock.now()), maxTimerMs),
          );
  }
  const endWhere = (tenant: string, hasEnded: (entry: Entry) => boolean): void => {
    for (const entry of [...(byTenant.get(tenant) ?? [])]) if (hasEnded(entry)) end(entry, 'unauthorized', sameWords);
  };

  /** With what the account may do now. The answer of auth is newer than the event that made us ask. */
  async function recheck(tenant: string): Promise<void> {
    try {
      const { tokenGeneration, features } = await entitlements.load(tenant);
      endWhere(
        tenant,
        ({ known: { identity } }) =>
          identity.generation < tokenGeneration || (identity.actor.kind === 'apiKey' && !features.includes('api-keys')),
      );
    } catch (error) {
      if ((error as { rejection?: RejectionBody }).rejection?.code === 'UNAUTHORIZED') endWhere(tenant, () => true);
      else logger.warn({ err: error, tenant }, 'connections could not be checked against a change of the account');
    }
  }

  return {
    open(known, door, endConnection) {
      const { tenant } = known.identity;
      const own = byTenant.get(tenant) ?? new Set();
      const refusal = limits.refuse({ plan: known.caller.principal.plan, ofAccount: own.size, ofGateway: count });
      if (refusal !== undefined) return refusal;
      const entry: Entry = { known, door, end: endConnection, expiry: undefined };
      byTenant.set(tenant, own.add(entry));
      count += 1;
      byDoor[door] += 1;
      watchExpiry(entry);
      return {
        renew(next) {
          entry.known = next;
          watchExpiry(entry);
        },
        closed: () => forget(entry),
      };
    },
    accountChanged({ type, tenant, data }) {
      if (!byTenant.has(tenant)) return;
      if (type === 'ApiKeyRevoked') {
        const { keyId } = data as { keyId: string };
        endWhere(
          tenant,
          ({ known: { identity } }) => identity.actor.kind === 'apiKey' && identity.actor.keyId === keyId,
        );
      } else if (type === 'TokensRevoked') {
        const { generation } = data as { generation: number };
        endWhere(tenant, ({ known: { identity } }) => identity.generation < generation);
      } else if (type === 'PlanChanged') {
        // What a follower may see was decided when it came: it comes again and is told anew.
        for (const entry of [...(byTenant.get(tenant) ?? [])])
          end(entry, 'restarting', 'The plan of the account has changed: connect again');
      }
    },
    doubtAll() {
      for (const [tenant, own] of byTenant) {
        void recheck(tenant);
        // Whether a key still stands is known only to who has the key: they show it again.
        for (const entry of [...own])
          if (entry.known.identity.actor.kind === 'apiKey')
            end(entry, 'restarting', 'The gateway lost its connection for a moment: connect again');
      }
    },
    get count() {
      return count;
    },
    closeAll() {
      for (const own of [...byTenant.values()])
        for (const entry of [...own]) end(entry, 'restarting', 'The gateway stops: connect again');
    },
    close: unobserve,
  };
}
