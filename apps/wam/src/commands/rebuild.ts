/** `wam rebuild`: analytics rebuilds while it goes on serving; this only starts it and waits for its end. */
import { setTimeout as delay } from 'node:timers/promises';
import { internalRequests, type RebuildStatus, type StartRebuild } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { UserError } from '../user-error.ts';
import { askService } from './ask-service.ts';

const lookEveryMs = 500;

/** @returns the lines to print @throws UserError when it fails, or a check finds differences */
export async function rebuild(projection: string, { check = false }: { check?: boolean }, env: Env): Promise<string> {
  const request: StartRebuild = { projection, check };
  const { started } = await askService<{ started: boolean }>('analytics', internalRequests.startRebuild, request, env);
  if (!started) throw new UserError('another rebuild, an erasure or the retention is under way; wait for its end');
  for (;;) {
    const status = await askService<RebuildStatus>('analytics', internalRequests.rebuildStatus, { projection }, env);
    if (status.state === 'failed')
      throw new UserError(`not rebuilt, the live tables are as they were: ${status.detail}`);
    if (status.state === 'finished') return describeEnd(status);
    await delay(lookEveryMs);
  }
}

function describeEnd({ projection, seq, differences }: RebuildStatus): string {
  if (differences === undefined) return `${projection}: rebuilt from the archive up to event ${seq}`;
  const lines = Object.entries(differences).map(
    ([table, { onlyLive, onlyRebuilt }]) => `${table}: ${onlyLive} rows only live, ${onlyRebuilt} only rebuilt`,
  );
  const differs = Object.values(differences).some(({ onlyLive, onlyRebuilt }) => onlyLive + onlyRebuilt > 0);
  if (differs) throw new UserError(`${projection} differs from its rebuild at event ${seq}\n${lines.join('\n')}`);
  return `${projection}: equal to its rebuild at event ${seq}\n${lines.join('\n')}`;
}
