import type { ServiceReply } from '@wam/contracts';
import { isReservation } from '../quota/message-quota.ts';
import { findPlace } from '../sessions/find-place.ts';
import type { BatchAdapter } from './batch-adapter.ts';
import { type CommandRequest, draftContextOf, type IssueCommandDeps } from './issue-command.ts';
import { storeCommand } from './store-command.ts';

/**
 * Stores several commands for the owner of one session and waits for nothing else. Published at once, on one connection, so that they
 * are stored in the order of the request. Refused as a whole only when none was stored.
 */
export async function issueBatch(
  adapter: BatchAdapter,
  request: CommandRequest,
  deps: IssueCommandDeps,
): Promise<ServiceReply> {
  const { principal, requestId, attempt } = request;
  const place = await findPlace(deps.directory, principal, request.params.sessionId, requestId);
  if ('code' in place) return { ok: false, ...place };
  const context = draftContextOf(request, deps);
  const drafts = adapter.drafts(request as Parameters<BatchAdapter['drafts']>[0], context);
  const reservation = await deps.quota.reserve(principal.tenant, drafts.length, attempt);
  if (!isReservation(reservation)) return { ok: false, ...reservation };
  const origin = { principal, requestId, nowMs: context.nowMs, place, reservation, attempt, ofBatch: true };
  const rows = await Promise.all(
    drafts.map(async (draft) => ({ draft, refusal: await storeCommand(adapter, draft, origin, deps) })),
  );
  const [first] = rows;
  if (first?.refusal !== undefined && rows.every(({ refusal }) => refusal !== undefined))
    return { ok: false, ...first.refusal };
  return adapter.answer(rows);
}
