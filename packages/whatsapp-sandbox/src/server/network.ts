import type { SandboxBehaviour } from '../behaviour.ts';
import type { FaultPlan, FaultTarget } from '../faults/fault-plan.ts';
import type { SandboxLogger } from '../logger.ts';
import type { BoundedLog } from '../state/bounded-log.ts';
import type { CompanionDevice } from '../state/companion-device.ts';
import type { InboxMessage } from '../state/inbox.ts';
import type { LoginLog } from '../state/login-log.ts';
import type { PendingReceipts } from '../state/pending-receipts.ts';
import type { World } from '../state/world.ts';
import type { ConnectedDevices } from './connected-devices.ts';
import type { PairingDesk } from './pairing/pairing-desk.ts';
import type { StanzaStatistics } from './stanza-statistics.ts';
import type { Timers } from './timers.ts';

/** What every stanza handler works on. Built once, in create-sandbox.ts. */
export interface Network {
  readonly world: World;
  readonly behaviour: SandboxBehaviour;
  readonly faults: FaultPlan;
  readonly connected: ConnectedDevices;
  readonly logins: LoginLog;
  readonly pairing: PairingDesk;
  readonly pendingReceipts: PendingReceipts;
  readonly statistics: StanzaStatistics;
  readonly timers: Timers;
  /** How often a phone asked for a message again, by phone, sender and message. */
  readonly retries: BoundedLog<number>;
  /** Called for every message a simulated phone decrypted. */
  readonly onReceived: (message: InboxMessage) => void;
  readonly logger: SandboxLogger;
}

/** A device as faults see it. */
export const targetOf = (device: CompanionDevice, recipient?: string): FaultTarget => ({
  phone: device.number,
  owner: device.owner,
  ...(recipient === undefined ? {} : { recipient }),
});
