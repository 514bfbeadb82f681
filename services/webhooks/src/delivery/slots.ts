/** How many attempts may be under way at once, per account and in the whole process. Who finds no room is called when there is some. */
export interface Slots {
  /** @returns false when there is no room; then `onRoom` is called once, when it is worth asking again */
  take(tenant: string, onRoom: () => void): boolean;
  free(tenant: string): void;
}

/**
 * The last quarter of the room is for accounts that have fewer under way than this: receivers of many accounts that hang together, as behind a service that
 * all of them use, leave room for everybody else's.
 */
const few = 4;

export function createSlots(limits: { perTenant: number; inAll: number }): Slots {
  const forMany = limits.inAll - Math.floor(limits.inAll / 4);
  const taken = new Map<string, number>();
  // In the order of asking, so that everybody's turn comes: each gets one slot and queues again.
  const waitingOf = new Map<string, Set<() => void>>();
  const waiting = { few: new Set<() => void>(), many: new Set<() => void>() };
  let inAll = 0;

  function hasRoom(tenant: string): boolean {
    const ofTenant = taken.get(tenant) ?? 0;
    return ofTenant < limits.perTenant && inAll < (ofTenant < few ? limits.inAll : forMany);
  }
  /** One after the other, until the room is taken: who was called may have nothing to send any more. */
  function callWhile(isRoom: () => boolean, queue: Set<() => void>): void {
    for (const onRoom of [...queue]) {
      if (!isRoom()) return;
      queue.delete(onRoom);
      onRoom();
    }
  }
  function wait(tenant: string, onRoom: () => void): void {
    const ofTenant = taken.get(tenant) ?? 0;
    if (ofTenant >= few || ofTenant >= limits.perTenant)
      waitingOf.set(tenant, (waitingOf.get(tenant) ?? new Set()).add(onRoom));
    if (ofTenant < limits.perTenant) waiting[ofTenant < few ? 'few' : 'many'].add(onRoom);
  }
  return {
    take(tenant, onRoom) {
      if (!hasRoom(tenant)) {
        wait(tenant, onRoom);
        return false;
      }
      taken.set(tenant, (taken.get(tenant) ?? 0) + 1);
      inAll++;
      return true;
    },
    free(tenant) {
      inAll--;
      const left = (taken.get(tenant) ?? 1) - 1;
      if (left === 0) taken.delete(tenant);
      else taken.set(tenant, left);
      const ofTenant = waitingOf.get(tenant);
      if (ofTenant !== undefined) {
        callWhile(() => hasRoom(tenant), ofTenant);
        if (ofTenant.size === 0) waitingOf.delete(tenant);
      }
      callWhile(() => inAll < limits.inAll, waiting.few);
      callWhile(() => inAll < forMany, waiting.many);
    },
  };
}
