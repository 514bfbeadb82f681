import type { SandboxBehaviour } from '../behaviour.ts';
import type { Clock } from '../clock.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import { seededRandom } from '../faults/seeded-random.ts';
import type { SandboxLogger } from '../logger.ts';
import { BoundedLog } from '../state/bounded-log.ts';
import type { InboxMessage } from '../state/inbox.ts';
import { LoginLog } from '../state/login-log.ts';
import { PendingReceipts } from '../state/pending-receipts.ts';
import { World } from '../state/world.ts';
import { Journal } from '../storage/journal.ts';
import { openSqliteRecordStore } from '../storage/sqlite-record-store.ts';
import { ConnectedDevices } from './connected-devices.ts';
import { sendReceipt } from './messages/send-receipt.ts';
import type { Network } from './network.ts';
import { PairingDesk } from './pairing/pairing-desk.ts';
import { StanzaStatistics } from './stanza-statistics.ts';
import { Timers } from './timers.ts';

/** Messages whose retries are counted. */
const RETRIES_CAPACITY = 10_000;

export interface NetworkOptions {
  dataDir: string | undefined;
  behaviour: SandboxBehaviour;
  seed: number;
  clock: Clock;
  logger: SandboxLogger;
  onReceived: (message: InboxMessage) => void;
}

/** Opens the world and puts the parts around it together. */
export function buildNetwork({ dataDir, behaviour, seed, clock, logger, onReceived }: NetworkOptions): Network {
  const journal = new Journal(dataDir === undefined ? undefined : openSqliteRecordStore(dataDir), (error) =>
    logger.error({ error }, 'the sandbox cannot store its world'),
  );
  const world = new World({ journal, clock, autoRegister: behaviour.autoRegister });
  const logins = new LoginLog();
  const network: Network = {
    world,
    behaviour,
    faults: new FaultPlan(seededRandom(seed)),
    connected: new ConnectedDevices(clock, logins),
    logins,
    pairing: new PairingDesk(),
    pendingReceipts: new PendingReceipts({
      journal,
      now: () => clock.now(),
      onDue: (receipt) => sendReceipt(network, receipt),
    }),
    statistics: new StanzaStatistics(),
    timers: new Timers(),
    retries: new BoundedLog(RETRIES_CAPACITY),
    logger,
    onReceived,
  };
  return network;
}
