/**
 * `wam account set-pool`: which engines serve an account. What it makes from here on begins there; what it has is moved one session at a
 * time, each brought to rest before the other engines take it up. Repeating it goes on where it stopped.
 */
import {
  type AccountOfEmail,
  busHeaders,
  dedicatedPoolPattern,
  internalRequests,
  type MoveCommand,
  type Network,
  type PoolSet,
  poolOf,
  type ServePool,
  type ServiceReply,
  type SessionRouteReply,
  type SetPool,
  sessionAddress,
  subjects,
} from '@wam/contracts';
import { type Env, instantOf, newUlid, systemClock } from '@wam/service-kit';
import { agreeOnPartitionCount, createPublisher, createRequester, type NatsConnection } from '@wam/service-kit/nats';
import { UserError } from '../user-error.ts';
import { askOn } from './ask-service.ts';
import { engineReports } from './engine-partitions.ts';
import { onBus } from './on-bus.ts';

export interface SetPoolReport extends PoolSet {
  moved: { sessionId: string; from: string; to: string }[];
  /** Their owner has not answered yet: they are moved as soon as it does. */
  pending: string[];
}

/** The word for the pool of everybody else. */
const shared = 'shared';
const isName = new RegExp(dedicatedPoolPattern);
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Messages under way, and the login of the new owner. */
const moveTimeoutMs = 15_000;
const engineStartTimeoutMs = 30_000;
/** Sessions that were just being created when the account got its pool are found by looking again. */
const rounds = 3;

/** @throws UserError for an unknown account, a bad name, or when no engine serves the pool that sessions would move to */
export function setPool(who: string, name: string, env: Env): Promise<SetPoolReport> {
  if (!isName.test(name))
    throw new UserError(`${name} names no pool: up to 40 small letters, digits and hyphens, or \`${shared}\``);
  if (!who.includes('@') && !isId.test(who))
    throw new UserError(`${who} is neither an e-mail nor the id of an account`);
  const pool = name === shared ? null : name;
  return onBus(env, async (nats) => {
    const accountId = who.includes('@') ? await accountOf(nats, who) : who;
    await requireEngines(nats, await placesOf(nats, accountId), pool);
    const body: SetPool = { accountId, pool };
    const set = await askOn<PoolSet>(nats, { service: 'auth', operation: internalRequests.setPool, body });
    return { ...set, ...(await moveAll(nats, accountId, pool)) };
  });
}

export function setPoolText({ email, from, to, moved, pending }: SetPoolReport): string {
  const change =
    from === to ? `${email} is in pool ${to ?? shared} already` : `${email}: ${from ?? shared} -> ${to ?? shared}`;
  return [
    change,
    ...moved.map((each) => `${each.sessionId}: ${each.from} -> ${each.to}`),
    ...pending.map((sessionId) => `${sessionId}: asked for, its engine has not answered yet; repeat to see`),
  ].join('\n');
}

async function accountOf(nats: NatsConnection, email: string): Promise<string> {
  const operation = internalRequests.accountByEmail;
  const { accountId } = await askOn<AccountOfEmail>(nats, { service: 'auth', operation, body: { email } });
  return accountId;
}

async function placesOf(nats: NatsConnection, tenant: string): Promise<SessionRouteReply[]> {
  const operation = internalRequests.sessionPlaces;
  const { sessions } = await askOn<{ sessions: SessionRouteReply[] }>(nats, {
    service: 'analytics',
    operation,
    body: { tenant },
  });
  return sessions;
}

/** Before anything changes: sessions must have somewhere to go. A platform on one machine starts what is missing. */
async function requireEngines(nats: NatsConnection, places: SessionRouteReply[], pool: string | null): Promise<void> {
  const served = await servedPools(nats);
  const inUse = new Set<Network>(places.map(({ network }) => network));
  const networks = inUse.size > 0 ? [...inUse] : (['sandbox', 'whatsapp'] as const).filter((each) => served.has(each));
  const missing = networks.map((network) => poolOf(network, pool)).filter((each) => !served.has(each));
  if (missing.length === 0) return;
  if (pool !== null) {
    const body: ServePool = { name: pool };
    const question = { service: 'launcher', operation: internalRequests.servePool, body } as const;
    const started = await askOn(nats, { ...question, timeoutMs: engineStartTimeoutMs }).then(
      () => true,
      () => false,
    );
    if (started) return;
  }
  throw new UserError(
    `no engine serves ${missing.join(', ')}; start one with WAM_POOL=${missing[0]} first (nothing was changed)`,
  );
}
async function servedPools(nats: NatsConnection): Promise<Set<string>> {
  const reports = await engineReports(nats, Number.POSITIVE_INFINITY);
  return new Set(reports.map((report) => report.pool));
}

async function moveAll(
  nats: NatsConnection,
  tenant: string,
  pool: string | null,
): Promise<Pick<SetPoolReport, 'moved' | 'pending'>> {
  const partitionCount = await agreeOnPartitionCount(nats, undefined);
  const moved: SetPoolReport['moved'] = [];
  const pending = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const asked = new Set([...moved.map(({ sessionId }) => sessionId), ...pending]);
    const elsewhere = (await placesOf(nats, tenant)).filter(
      (place) => place.pool !== poolOf(place.network, pool) && !asked.has(place.sessionId),
    );
    if (elsewhere.length === 0) break;
    for (const { sessionId, network, pool: from } of elsewhere) {
      const to = poolOf(network, pool);
      const reply = await move(nats, { tenant, sessionId, from, to, partitionCount });
      if (reply === undefined) pending.add(sessionId);
      else if (reply.ok) moved.push({ sessionId, from, to });
      // Deleted meanwhile; whatever else is wrong must be seen.
      else if (reply.code !== 'SESSION_NOT_FOUND') throw new UserError(`${sessionId}: ${reply.message ?? reply.code}`);
    }
  }
  return { moved, pending: [...pending] };
}

interface Move {
  tenant: string;
  sessionId: string;
  from: string;
  to: string;
  partitionCount: number;
}
/** @returns undefined when nobody answered in time; the command stays on the bus */
async function move(
  nats: NatsConnection,
  { tenant, sessionId, from, to, partitionCount }: Move,
): Promise<ServiceReply | undefined> {
  const publisher = createPublisher(nats);
  const requester = createRequester(nats);
  try {
    const expected = requester.expectReply(moveTimeoutMs);
    const id = newUlid();
    const at = instantOf(systemClock);
    const command: MoveCommand = {
      ...{ id, type: 'MoveSession', v: 1, tenant, at, correlationId: `req_${id}` },
      data: { sessionId, pool: to },
    };
    const subject = subjects.command(sessionAddress({ pool: from, tenant, sessionId }, partitionCount));
    const headers = { [busHeaders.type]: command.type, [busHeaders.replyInbox]: expected.subject };
    await publisher.publish(subject, JSON.stringify(command), { msgId: id, headers });
    return (await expected.reply)?.json<ServiceReply>();
  } finally {
    publisher.close();
    requester.close();
  }
}
