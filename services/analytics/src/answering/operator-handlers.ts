/** What operators ask over the bus (`wam rebuild`, `wam erase`): the right to be there is the right to ask. */
import {
  type ContactErased,
  type EraseContact,
  internalRequests,
  type RejectionBody,
  type StartRebuild,
} from '@wam/contracts';
import { answer, type RequestHandler, refuse } from '@wam/service-kit/nats';
import { databaseOfTenant, type Kysely } from '@wam/service-kit/postgres';
import type { AnalyticsTables } from '../database.ts';
import { eraseContact } from '../erasing/erase-contact.ts';
import { type ProjectionName, projectionNames } from '../rebuilding/projections.ts';
import type { RebuildJobs } from '../rebuilding/rebuild-job.ts';
import { findSessionRoutes } from '../session/query.ts';
import type { ReadBarrier } from './read-barrier.ts';

export function createOperatorHandlers(deps: {
  db: Kysely<AnalyticsTables>;
  rebuilds: RebuildJobs;
  barrier: ReadBarrier;
}): Record<string, RequestHandler> {
  const { db, rebuilds, barrier } = deps;
  return {
    [internalRequests.startRebuild]: async ({ body }) => {
      const { projection, check } = body as StartRebuild;
      if (!isProjection(projection)) return refuse(unknownProjection(projection));
      return answer(200, { started: await rebuilds.start(projection, check) });
    },

    [internalRequests.rebuildStatus]: async ({ body }) => {
      const { projection } = body as Pick<StartRebuild, 'projection'>;
      if (!isProjection(projection)) return refuse(unknownProjection(projection));
      const status = await rebuilds.statusOf(projection);
      return status === undefined
        ? refuse({ code: 'VALIDATION_FAILED', message: `${projection} was never rebuilt` })
        : answer(200, status);
    },

    [internalRequests.sessionPlaces]: async ({ body }) => {
      // A session that is in the log but not in the tables yet would be missed.
      if (!(await barrier())) return refuse(behind);
      const { tenant } = body as { tenant: string };
      return answer(200, { sessions: await findSessionRoutes(databaseOfTenant(db, tenant), tenant) });
    },

    [internalRequests.eraseContact]: async ({ body }) => {
      // As would be what is to be erased.
      if (!(await barrier())) return refuse(behind);
      const { tenant, address } = body as EraseContact;
      const messages = await eraseContact(db, tenant, address);
      if (messages === 'busy') return refuse(busy);
      return answer(200, { erased: { messages }, underWay: 0 } satisfies ContactErased);
    },
  };
}

const behind: RejectionBody = {
  code: 'SERVICE_UNAVAILABLE',
  message: 'The read models are behind the log, and what happened in the last moments would be left out: repeat it',
};
const busy: RejectionBody = {
  code: 'SERVICE_UNAVAILABLE',
  message:
    'A rebuild or the retention is under way, and would bring back what is erased meanwhile: repeat it when that has ended',
};
const isProjection = (name: string): name is ProjectionName => (projectionNames as readonly string[]).includes(name);
const unknownProjection = (name: string): RejectionBody => ({
  code: 'VALIDATION_FAILED',
  message: `There is no projection ${name}; choose one of ${projectionNames.join(', ')}`,
});
