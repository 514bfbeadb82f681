import { type HeldMessages, type HoldMessages, internalRequests } from '@wam/contracts';
import { type AskDeps, askService } from '../ask-service.ts';

/**
 * Takes up to `more` messages of the account's daily quota, and gives back what is counted for the session beyond `kept`.
 * @returns `overtaken` when the session asked again meanwhile; `auth-away` when there is no answer, which may still have been carried out
 */
export async function holdMessages(
  hold: HoldMessages,
  deps: AskDeps,
): Promise<HeldMessages | 'overtaken' | 'auth-away'> {
  const reply = await askService(deps, 'auth', internalRequests.holdMessages, hold);
  if (reply.ok) return reply.body as HeldMessages;
  return reply.code === 'CONFLICT' ? 'overtaken' : 'auth-away';
}
