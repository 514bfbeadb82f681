import {
  type AnyCommand,
  busHeaders,
  type Network,
  type Principal,
  poolOf,
  type RejectionBody,
  type ServiceReply,
} from '@wam/contracts';
import type { Clock, IdSource, Logger } from '@wam/service-kit';
import { type Publisher, type Requester, SubjectFull } from '@wam/service-kit/nats';
import { placeOf, type SessionDirectory, type SessionPlace } from '../sessions/session-directory.ts';
import type { CommandAdapter, CommandDraft } from './command-adapter.ts';

export interface IssueCommandDeps {
  publisher: Publisher;
  requester: Requester;
  directory: SessionDirectory;
  clock: Clock;
  ids: IdSource;
  logger: Logger;
  defaultNetwork: Network;
  /** Upper bound of every operation's own wait. */
  waitLimitMs: number;
  publishTimeoutMs: number;
}
export interface CommandRequest {
  principal: Principal;
  requestId: string;
  params: Record<string, string>;
  body: unknown;
  /** The caller does not want to wait for the outcome. */
  respondAsync: boolean;
}

/** How soon a full session queue has room again: it empties at a few messages per second. */
const busyRetryAfterSeconds = 5;

/**
 * Stores a command for the owner of its session and waits for the outcome, at most `waitMs`. Whatever it answers with `ok` is
 * stored; a refusal by this function (busy, unavailable, unknown session) means that nothing was.
 */
export async function issueCommand(
  adapter: CommandAdapter,
  waitMs: number,
  request: CommandRequest,
  deps: IssueCommandDeps,
): Promise<ServiceReply> {
  const { principal, requestId } = request;
  const nowMs = deps.clock.now();
  const draft = adapter.draft(request as Parameters<CommandAdapter['draft']>[0], {
    ids: deps.ids,
    defaultNetwork: deps.defaultNetwork,
    nowMs,
  });
  const place = await placeFor(adapter, draft, request, deps);
  if ('code' in place) return { ok: false, ...place };

  const waits = !(request.respondAsync && adapter.respondsAsync === true);
  const pending = waits ? deps.requester.expectReply(Math.min(waitMs, deps.waitLimitMs)) : undefined;
  const command: AnyCommand = {
    id: draft.id,
    type: adapter.command,
    v: 1,
    tenant: principal.tenant,
    at: new Date(nowMs).toISOString(),
    correlationId: requestId,
    ...(draft.notAfter === undefined ? {} : { notAfter: draft.notAfter }),
    data: draft.data,
  };
  try {
    await deps.publisher.publish(place.commandSubject, JSON.stringify(command), {
      msgId: draft.id,
      timeoutMs: deps.publishTimeoutMs,
      headers:
        pending === undefined
          ? { [busHeaders.type]: adapter.command }
          : { [busHeaders.type]: adapter.command, [busHeaders.replyInbox]: pending.subject },
    });
  } catch (error) {
    pending?.cancel();
    return { ok: false, ...publishRefusal(error, requestId, deps.logger) };
  }
  const outcome = readOutcome(await pending?.reply, draft.id, deps.logger);
  noteEffect(adapter, outcome, place, principal.tenant, deps.directory);
  return outcome ?? { ok: true, ...adapter.accepted(draft) };
}

function placeFor(
  adapter: CommandAdapter,
  { data }: CommandDraft<CommandAdapter['command']>,
  { principal, requestId }: CommandRequest,
  { directory }: IssueCommandDeps,
): SessionPlace | Promise<SessionPlace | RejectionBody> {
  const { tenant } = principal;
  if (adapter.effect === 'creates-session') {
    const { network } = data as { network: Network };
    return placeOf(tenant, data.sessionId, network, poolOf(network));
  }
  return directory.cached(tenant, data.sessionId) ?? directory.find(principal, data.sessionId, requestId);
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

function publishRefusal(error: unknown, requestId: string, logger: Logger): RejectionBody {
  if (error instanceof SubjectFull)
    return { code: 'SESSION_BUSY', details: { retryAfterSeconds: busyRetryAfterSeconds } };
  logger.error({ err: error, requestId }, 'command not stored');
  return { code: 'SERVICE_UNAVAILABLE' };
}
