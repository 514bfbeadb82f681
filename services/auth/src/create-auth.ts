import { internalRequests, operations, subjects } from '@wam/contracts';
import { createOutboxRelay } from '@wam/event-store';
import {
  type Clock,
  composeOnStart,
  composeServices,
  configuredSealer,
  type IdSource,
  type Logger,
  type Sealer,
  type Service,
  systemClock,
  systemIds,
} from '@wam/service-kit';
import { connectBus, createPublisher, type NatsConnection, serveRequests } from '@wam/service-kit/nats';
import { createDatabase, type Kysely, migrateSealed } from '@wam/service-kit/postgres';
import { createPasswordHasher } from './account/password-hash.ts';
import { createKeyUseRecorder } from './api-key/record-key-uses.ts';
import { createFailedLoginNotes } from './audit/note-failed-logins.ts';
import type { AuthConfig } from './config.ts';
import { createOnceExpiry } from './idempotency/expire-onces.ts';
import { createSealedAnswers } from './idempotency/sealed-answers.ts';
import { outboxEntryOf } from './outbox/outbox-table.ts';
import { createPlanCatalogue } from './plan/plan-catalogue.ts';
import { warnOfUnknownPlans } from './plan/warn-of-unknown-plans.ts';
import { createReturnFailedMessages } from './quota/return-failed-messages.ts';
import { authRequestHandlers } from './request-handlers.ts';
import { createSessionFollower } from './session-limit/follow-sessions.ts';
import { createKeyring } from './signing-key/keyring.ts';
import { migrations } from './storage/migrations.ts';
import { type AuthTables, authSchema } from './storage/schema.ts';
import { composeUseCases } from './use-cases.ts';

export interface AuthDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
}

/** Requests waiting for a hash: above it they would be answered after their caller has given up (45 ms each, 10 s). */
const maxWaitingPerHasher = 50;
const hashing: ReadonlySet<string> = new Set([operations.register.id, operations.login.id, 'changePassword']);
/** Reservations of a tenant gather while one is at the database: what waits there costs no statement. */
const maxConcurrentReservations = 2_000;

/** Accounts, plans, keys, tokens, quotas and the audit log. Migrates its schema and makes the first signing key when it starts. */
export function createAuth(config: AuthConfig, deps: AuthDeps): Service {
  return composeOnStart('auth', async (resources) => {
    const nc = await connectBus(config, 'auth');
    resources.defer(() => nc.drain());
    const db = createDatabase<AuthTables>({
      url: config.DATABASE_URL.reveal(),
      schema: authSchema,
      applicationName: 'wam-auth',
      logger: deps.logger,
    });
    resources.defer(() => db.destroy());
    const sealer = configuredSealer(config);
    await migrateSealed(db, { schema: authSchema, migrations, sealer });
    return composeParts(config, { nc, db, sealer, resources }, deps);
  });
}

interface Connections {
  nc: NatsConnection;
  db: Kysely<AuthTables>;
  sealer: Sealer;
  resources: AsyncDisposableStack;
}

async function composeParts(
  config: AuthConfig,
  { nc, db, sealer, resources }: Connections,
  { logger, clock = systemClock, ids = systemIds }: AuthDeps,
): Promise<Service> {
  const publisher = createPublisher(nc);
  resources.defer(() => publisher.close());
  const catalogue = createPlanCatalogue(config.plans, config.DEFAULT_PLAN);
  await warnOfUnknownPlans(db, catalogue, logger);
  const keyring = createKeyring({
    db,
    sealer,
    clock,
    tokenTtlMs: config.ACCESS_TOKEN_TTL,
    publishDelayMs: config.SIGNING_KEY_PUBLISH_DELAY,
  });
  await keyring.open();

  const relay = createOutboxRelay({ db, publisher, logger, sweepIntervalMs: config.OUTBOX_SWEEP_INTERVAL });
  const failedLogins = createFailedLoginNotes({ db, clock, ids, logger });
  const keyUses = createKeyUseRecorder({ db, clock, logger });
  const sessions = createSessionFollower({ db, nc, clock, logger });
  const failedMessages = createReturnFailedMessages({ db, nc, clock, logger });
  const onceExpiry = createOnceExpiry({ db, clock, logger });
  const handlers = authRequestHandlers(
    composeUseCases({
      db,
      clock,
      ids,
      catalogue,
      defaultPlan: config.DEFAULT_PLAN,
      hasher: createPasswordHasher(config.PASSWORD_HASH_CONCURRENCY),
      keyring,
      answers: createSealedAnswers(sealer),
      keepKeysMs: config.IDEMPOTENCY_KEY_TTL,
      accessTokenTtlMs: config.ACCESS_TOKEN_TTL,
      publish: (event) => relay.relaySoon(outboxEntryOf(event)),
      onLoginFailed: failedLogins.note,
      onPasswordRefused: failedLogins.noteRefusedChange,
      onKeyUsed: keyUses.note,
      catchUpSessions: sessions.catchUp,
    }),
  );
  // A queue of its own per operation: a flood of logins must not keep gateways from the keys.
  const requests = Object.keys(handlers).map((operation) =>
    serveRequests(nc, {
      from: { subject: subjects.request('auth', operation), queue: 'auth' },
      handlers,
      logger,
      ...(hashing.has(operation) ? { maxWaiting: config.PASSWORD_HASH_CONCURRENCY * maxWaitingPerHasher } : {}),
      ...(operation === internalRequests.reserveMessages ? { maxConcurrent: maxConcurrentReservations } : {}),
    }),
  );
  return composeServices([relay, failedLogins, keyUses, sessions, failedMessages, onceExpiry, ...requests], {
    logger,
    name: 'auth',
  });
}
