import { internalRequests, operations, subjects } from '@wam/contracts';
import {
  type Clock,
  composeServices,
  createSealer,
  defineService,
  type IdSource,
  type Logger,
  type Service,
  systemClock,
  systemIds,
} from '@wam/service-kit';
import { connectNats, createPublisher, serveRequests } from '@wam/service-kit/nats';
import { createDatabase, migrate } from '@wam/service-kit/postgres';
import { importJWK } from 'jose';
import { createAccountStore } from './account/account-store.ts';
import { logIn } from './account/log-in.ts';
import { createPasswordHasher } from './account/password-hash.ts';
import { registerAccount } from './account/register-account.ts';
import type { AuthConfig } from './config.ts';
import { createOutboxRelay } from './outbox/relay-outbox.ts';
import { authRequestHandlers } from './request-handlers.ts';
import { generateSigningKey } from './signing-key/generate-signing-key.ts';
import { createSigningKeyStore } from './signing-key/signing-key-store.ts';
import { migrations } from './storage/migrations.ts';
import { type AuthTables, authSchema } from './storage/schema.ts';
import { accessTokenAlgorithm } from './token/access-token.ts';
import { issueToken } from './token/issue-token.ts';

export interface AuthDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
}

/** Requests waiting for a hash: above it they would be answered after their caller has given up (45 ms each, 10 s). */
const maxWaitingPerHasher = 50;

/** Accounts, passwords and tokens. Migrates its schema and makes the first signing key when it starts. */
export function createAuth(config: AuthConfig, { logger, clock = systemClock, ids = systemIds }: AuthDeps): Service {
  const resources = new AsyncDisposableStack();
  let parts: Service | undefined;

  async function compose(): Promise<Service> {
    const nc = await connectNats({ url: config.NATS_URL, name: 'auth' });
    resources.defer(() => nc.drain());
    const publisher = createPublisher(nc);
    resources.defer(() => publisher.close());
    const db = createDatabase<AuthTables>({
      url: config.DATABASE_URL.reveal(),
      schema: authSchema,
      applicationName: 'wam-auth',
      logger,
    });
    resources.defer(() => db.destroy());
    await migrate(db, { schema: authSchema, migrations });

    const now = () => new Date(clock.now());
    const accounts = createAccountStore(db);
    const hasher = createPasswordHasher(config.PASSWORD_HASH_CONCURRENCY);
    const keys = createSigningKeyStore(db, createSealer({ kek: decodeKek(config) }), now);
    const { kid, privateJwk } = await keys.current(generateSigningKey);
    const privateKey = await importJWK(privateJwk, accessTokenAlgorithm);
    if (privateKey instanceof Uint8Array) throw new Error(`Signing key ${kid} is symmetric`);
    const relay = createOutboxRelay({ db, publisher, logger, sweepIntervalMs: config.OUTBOX_SWEEP_INTERVAL });

    const handlers = authRequestHandlers({
      register: (body, requestId) =>
        registerAccount(body, requestId, {
          accounts,
          hasher,
          defaultPlan: config.DEFAULT_PLAN,
          now,
          newAccountId: ids.uuid,
          newEventId: ids.ulid,
          onRegistered: relay.relaySoon,
        }),
      logIn: (body) => logIn(body, { accounts, hasher }),
      issueToken: (account) =>
        issueToken(account, {
          signer: { kid, privateKey },
          ttlMs: config.ACCESS_TOKEN_TTL,
          nowMs: clock.now,
          newTokenId: ids.uuid,
        }),
      publishedKeys: async () => ({
        keys: (await keys.published(new Date(clock.now() - config.ACCESS_TOKEN_TTL))) as Record<string, unknown>[],
      }),
    });
    // A queue of its own per operation: a flood of logins must not keep gateways from the keys.
    const serve = (operation: keyof typeof handlers) =>
      serveRequests(nc, {
        from: { subject: subjects.request('auth', operation), queue: 'auth' },
        handlers,
        logger,
        maxWaiting: config.PASSWORD_HASH_CONCURRENCY * maxWaitingPerHasher,
      });
    return composeServices(
      [relay, serve(internalRequests.jwks), serve(operations.register.id), serve(operations.login.id)],
      { logger, name: 'auth' },
    );
  }

  return defineService({
    name: 'auth',
    async start() {
      parts = await compose();
      await parts.start();
    },
    async stop() {
      await parts?.stop();
      await resources.disposeAsync();
    },
    health: () => parts?.health() ?? { ready: false, detail: 'starting' },
  });
}

function decodeKek({ WAM_KEK }: AuthConfig): Buffer {
  const kek = Buffer.from(WAM_KEK.reveal(), 'base64');
  if (kek.length !== 32) throw new Error('WAM_KEK must be the base64 of 32 bytes');
  return kek;
}
