import { type Network, type Principal, poolOf, type RejectionBody, type ServiceReply } from '@wam/contracts';
import type { Clock, IdSource, Logger } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';
import type { Attempt } from '../idempotency/attempt.ts';
import type { AuthorizeSession } from '../quota/authorize-session.ts';
import { isReservation, type MessageQuota } from '../quota/message-quota.ts';
import { findPlace, permitted } from '../sessions/find-place.ts';
import type { SessionDirectory, SessionPlace } from '../sessions/session-directory.ts';
import type { CommandAdapter, CommandDraft, DraftContext } from './command-adapter.ts';
import { type StoreCommandDeps, storeCommand } from './store-command.ts';

export interface IssueCommandDeps extends StoreCommandDeps {
  requester: Requester;
  directory: SessionDirectory;
  clock: Clock;
  ids: IdSource;
  logger: Logger;
  defaultNetwork: Network;
  quota: MessageQuota;
  authorizeSession: AuthorizeSession;
  /** Upper bound of every operation's own wait. */
  waitLimitMs: number;
}
export interface CommandRequest {
  principal: Principal;
  requestId: string;
  /** With the session that the request is about. */
  params: Record<string, string> & { sessionId: string };
  body: unknown;
  /** The caller does not want to wait for the outcome. */
  respondAsync: boolean;
  /** When it came with an Idempotency-Key. */
  attempt: Attempt | undefined;
}

/**
 * Stores a command for the owner of its session and waits for the outcome, at most `waitMs`. Whatever it answers with `ok` is
 * stored; a refusal by this function (busy, unavailable, unknown session, used up plan) means that nothing was.
 */
export async function issueCommand(
  adapter: CommandAdapter,
  waitMs: number,
  request: CommandRequest,
  deps: IssueCommandDeps,
): Promise<ServiceReply> {
  const { principal, requestId, attempt } = request;
  const context = draftContextOf(request, deps);
  const draft = adapter.draft(request as Parameters<CommandAdapter['draft']>[0], context);
  const place = await placeFor(adapter, draft, request, deps);
  if ('code' in place) return { ok: false, ...place };
  const { tenant } = principal;
  const reservation = adapter.operation.quota === undefined ? undefined : await deps.quota.reserve(tenant, 1, attempt);
  if (reservation !== undefined && !isReservation(reservation)) return { ok: false, ...reservation };

  const waits = !(request.respondAsync && adapter.respondsAsync === true);
  const pending = waits ? deps.requester.expectReply(Math.min(waitMs, deps.waitLimitMs)) : undefined;
  const origin = { principal, requestId, nowMs: context.nowMs, place, replyTo: pending?.subject, reservation, attempt };
  const refusal = await storeCommand(adapter, draft, origin, deps);
  if (refusal !== undefined) {
    pending?.cancel();
    return { ok: false, ...refusal };
  }
  const outcome = readOutcome(await pending?.reply, draft.id, deps.logger);
  // The only refusal by an owner that no event tells of.
  if (outcome?.ok === false && outcome.code === 'MESSAGE_NOT_RESENDABLE') reservation?.giveBackOne();
  noteEffect(adapter, outcome, place, tenant, deps.directory);
  if (outcome === undefined || wasIssuedElsewhere(outcome, attempt)) return { ok: true, ...adapter.accepted(draft) };
  if (!outcome.ok || adapter.completed === undefined) return outcome;
  return { ...outcome, body: adapter.completed(outcome.body, draft) };
}

/** A test key makes sessions on the simulated network only. */
export const draftContextOf = (
  { principal, attempt }: Pick<CommandRequest, 'principal' | 'attempt'>,
  { ids, clock, defaultNetwork }: Pick<IssueCommandDeps, 'ids' | 'clock' | 'defaultNetwork'>,
): DraftContext => ({
  ids: attempt?.ids ?? ids,
  nowMs: clock.now(),
  defaultNetwork: principal.mode === 'test' ? 'sandbox' : defaultNetwork,
});

/**
 * The owner knows this id with something else in it. Under an Idempotency-Key that is an earlier attempt at the same request, when another
 * session was the default one: it is accepted there.
 */
const wasIssuedElsewhere = (outcome: ServiceReply, attempt: Attempt | undefined): boolean =>
  attempt !== undefined && !outcome.ok && outcome.code === 'IDEMPOTENCY_KEY_REUSED';

function placeFor(
  adapter: CommandAdapter,
  { data }: CommandDraft<CommandAdapter['command']>,
  { principal, requestId }: CommandRequest,
  deps: IssueCommandDeps,
): SessionPlace | RejectionBody | Promise<SessionPlace | RejectionBody> {
  if (adapter.effect === 'creates-session') {
    const { sessionId, network } = data as { sessionId: string; network: Network };
    return placeOfNew({ sessionId, network }, principal, deps);
  }
  return findPlace(deps.directory, principal, data.sessionId, requestId);
}

async function placeOfNew(
  { sessionId, network }: { sessionId: string; network: Network },
  principal: Principal,
  { directory, authorizeSession }: IssueCommandDeps,
): Promise<SessionPlace | RejectionBody> {
  const { tenant } = principal;
  const inPool = (pool: string) => permitted(principal, directory.placeOf(tenant, { sessionId, network, pool }));
  // A place is not kept for what is forbidden.
  const shared = inPool(poolOf(network));
  if ('code' in shared) return shared;
  const authorized = await authorizeSession(tenant, sessionId);
  return 'code' in authorized ? authorized : inPool(poolOf(network, authorized.pool));
}

/** The reply is a hint: without a readable one the command is still stored, and its event tells the outcome. */
function readOutcome(reply: { json<T>(): T } | undefined, commandId: string, logger: Logger): ServiceReply | undefined {
  try {
    return reply?.json<ServiceReply>();
  } catch (error) {
    logger.error({ err: error, commandId }, 'reply to a command is not JSON');
    return undefined;
  }
}

function noteEffect(
  { effect }: CommandAdapter,
  outcome: ServiceReply | undefined,
  place: SessionPlace,
  tenant: string,
  directory: SessionDirectory,
): void {
  const succeeded = outcome?.ok ?? true;
  if (effect === 'creates-session' && succeeded) directory.remember(tenant, place);
  else if (effect === 'deletes-session' && outcome?.ok === true) directory.forget(tenant, place.sessionId);
  else if (outcome?.ok === false && outcome.code === 'SESSION_NOT_FOUND') directory.forget(tenant, place.sessionId);
}
