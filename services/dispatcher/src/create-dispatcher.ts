/** Composition of the dispatcher: builds its adapters and runs its parts. */
import { type EraseContact, internalRequests, messageSealPurpose } from '@wam/contracts';
import {
  type Clock,
  composeOnStart,
  composeServices,
  configuredSealer,
  defineService,
  type IdSource,
  type Logger,
  type Service,
  systemClock,
  systemIds,
} from '@wam/service-kit';
import {
  agreeOnPartitionCount,
  answer,
  connectBus,
  createPublisher,
  createRequester,
  serveRequests,
} from '@wam/service-kit/nats';
import { createDatabase, migrateSealed } from '@wam/service-kit/postgres';
import { withinAccount } from './answers/answers-deps.ts';
import { bulkSend } from './answers/bulk-send.ts';
import { createCampaign } from './answers/create-campaign.ts';
import { exportCampaign } from './answers/export-campaign.ts';
import { exportSuppressed } from './answers/export-suppressions.ts';
import { getCampaign } from './answers/get-campaign.ts';
import { importSuppressed } from './answers/import-suppressions.ts';
import { listCampaigns } from './answers/list-campaigns.ts';
import { listEvents } from './answers/list-events.ts';
import { listRecipients } from './answers/list-recipients.ts';
import { previewCampaign } from './answers/preview-campaign.ts';
import {
  cancelCampaign,
  pauseCampaign,
  resumeCampaign,
  retryCampaign,
  startCampaign,
} from './answers/steer-campaign.ts';
import { addSuppressed, getWords, listSuppressed, removeSuppressed, setWords } from './answers/suppressions.ts';
import { uploadRecipients } from './answers/upload-recipients.ts';
import { createCompletionWatch } from './completion-watch.ts';
import { type DispatcherConfig, pacePolicyOf } from './config.ts';
import { createDispatchLoop } from './dispatch/run-dispatch-loop.ts';
import { createLaneWatch } from './dispatch/watch-lanes.ts';
import { eraseContact } from './erasing/erase-contact.ts';
import { createOutcomeFollower } from './outcomes/follow-outcomes.ts';
import { openContactSealer } from './storage/contact-sealer.ts';
import { migrations } from './storage/migrations.ts';
import { type DispatcherTables, schemaName } from './storage/tables.ts';

export interface DispatcherDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
}

/** Most requests of this service only wait for their campaign, which costs nothing. */
const maxConcurrentRequests = 2000;

/** Sends campaigns at their pace and answers what is asked about them. Migrates its schema when it starts. */
export function createDispatcher(
  config: DispatcherConfig,
  { logger, clock = systemClock, ids = systemIds }: DispatcherDeps,
): Service {
  return composeOnStart('dispatcher', async (resources) => {
    const nats = await connectBus(config, 'dispatcher');
    resources.defer(() => nats.drain());
    const partitionCount = await agreeOnPartitionCount(nats, config.PARTITION_COUNT);
    const publisher = createPublisher(nats);
    resources.defer(() => publisher.close());
    const requester = createRequester(nats);
    resources.defer(() => requester.close());
    const database = createDatabase<DispatcherTables>({
      url: config.DATABASE_URL.reveal(),
      schema: schemaName,
      applicationName: 'wam-dispatcher',
      logger,
    });
    resources.defer(() => database.destroy());
    const keys = configuredSealer(config, { purposesWithOwnKey: [messageSealPurpose] });
    await migrateSealed(database, { schema: schemaName, migrations, sealer: keys });
    const sealer = await openContactSealer(database, keys);

    const completions = createCompletionWatch();
    const policy = pacePolicyOf(config);
    const loop = createDispatchLoop({
      database,
      publisher,
      requester,
      ids,
      sealer,
      clock,
      logger,
      completions,
      policy,
      partitionCount,
    });
    const { wake } = loop;
    const outcomes = createOutcomeFollower({ nats, database, sealer, clock, logger, completions, wake });
    const stopping = new AbortController();
    const waits = defineService({
      name: 'waiting answers',
      start: async () => {},
      stop: async () => stopping.abort(),
      health: () => ({ ready: true }),
    });
    const answers = {
      ...{ database, requester, sealer, clock, ids, policy, completions, wake, nats, logger },
      stopping: stopping.signal,
    };
    const requests = serveRequests(nats, {
      from: { service: 'dispatcher' },
      handlers: {
        ...withinAccount(answers, {
          bulkSend: (deps) => (request) => bulkSend(deps, request),
          createCampaign,
          listCampaigns,
          getCampaign,
          uploadRecipients,
          previewCampaign,
          exportCampaign,
          listSuppressions: listSuppressed,
          addSuppressions: addSuppressed,
          importSuppressions: importSuppressed,
          exportSuppressions: exportSuppressed,
          removeSuppression: removeSuppressed,
          getOptOutWords: getWords,
          setOptOutWords: setWords,
          startCampaign,
          pauseCampaign,
          resumeCampaign,
          cancelCampaign,
          retryCampaign,
          listCampaignRecipients: listRecipients,
          listCampaignEvents: listEvents,
        }),
        // For operators: the right to be on the bus is the right to ask.
        [internalRequests.eraseContact]: async ({ body }) =>
          answer(200, await eraseContact(answers, body as EraseContact)),
      },
      logger,
      maxConcurrent: maxConcurrentRequests,
    });
    const watch = createLaneWatch({ database, clock, logger });
    // The last is stopped first: requests end with the waits that hold them.
    return composeServices([outcomes, loop, watch, requests, waits], { logger, name: 'dispatcher' });
  });
}
