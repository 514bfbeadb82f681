/** How many attempts may be under way at once, per account and in the whole process. Who finds no room is called when there is some. */
export interface Slots {
  /** @returns false when there is no room; then `onRoom` is called once, when it is worth asking again */
  take(tenant: string, onRoom: () => void): boolean;
  free(tenant: string): void;
}

export function createSlots(limits: { perTenant: number; inAll: number }): Slots {
  const taken = new Map<string, number>();
  // In the order of asking, so that everybody's turn comes: each gets one slot and queues again.
  const waitingOf = new Map<string, Set<() => void>>();
  const waiting = new Set<() => void>();
  let inAll = 0;

  /** One after the other, until the room is taken: who was called may have nothing to send any more. */
  function callWhile(hasRoom: () => boolean, queue: Set<() => void>): void {
    for (const onRoom of [...queue]) {
      if (!hasRoom()) return;
      queue.delete(onRoom);
      onRoom();
    }
  }
  return {
    take(tenant, onRoom) {
      const ofTenant = taken.get(tenant) ?? 0;
      if (ofTenant >= limits.perTenant) {
        const queue = waitingOf.get(tenant) ?? new Set();
        waitingOf.set(tenant, queue.add(onRoom));
        return false;
      }
      if (inAll >= limits.inAll) {
        waiting.add(onRoom);
        return false;
      }
      taken.set(tenant, ofTenant + 1);
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
        callWhile(() => (taken.get(tenant) ?? 0) < limits.perTenant && inAll < limits.inAll, ofTenant);
        if (ofTenant.size === 0) waitingOf.delete(tenant);
      }
      callWhile(() => inAll < limits.inAll, waiting);
    },
  };
}
