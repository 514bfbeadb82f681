import { internalRequests, type ReleaseMessages } from '@wam/contracts';
import type { Logger } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';

export interface Releases {
  add(tenant: string, day: string, count: number): void;
  /** When auth has answered to all of them. Never rejects. */
  settled(): Promise<void>;
}

/** Releases of one turn of the event loop go together. A release that fails leaves messages counted, which nobody but their sender loses by. */
export function createReleases({ askAuth, logger }: { askAuth: AskAuth; logger: Logger }): Releases {
  const pending = new Map<string, Required<ReleaseMessages>>();
  const underWay = new Set<Promise<void>>();

  async function release(body: Required<ReleaseMessages>): Promise<void> {
    const reply = await askAuth(internalRequests.releaseMessages, { body });
    if (!reply.ok) logger.warn({ code: reply.code, ...body }, 'reserved messages not given back');
  }
  function flush(): void {
    for (const body of pending.values()) {
      const releasing = release(body).finally(() => underWay.delete(releasing));
      underWay.add(releasing);
    }
    pending.clear();
  }
  return {
    add(tenant, day, count) {
      const key = `${tenant}/${day}`;
      const known = pending.get(key);
      if (known !== undefined) {
        known.count += count;
        return;
      }
      pending.set(key, { tenant, day, count });
      if (pending.size === 1) setImmediate(flush);
    },
    async settled() {
      flush();
      await Promise.all(underWay);
    },
  };
}
