/** `wam erase`: the right of a contact to be forgotten, for one account. */
import { type AccountOfEmail, type ContactErased, type EraseContact, internalRequests } from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { UserError } from '../user-error.ts';
import { askAuth, askService } from './ask-service.ts';

/** The archive is searched, which takes its time. */
const timeoutMs = 30 * 60_000;

/** @returns the lines to print @throws UserError for an unknown account or no number */
export async function erase(email: string, phone: string, env: Env): Promise<string> {
  const digits = phone.replace(/^\+/, '');
  if (!/^[1-9]\d{7,14}$/.test(digits)) throw new UserError(`${phone} is no phone number with country code`);
  const { accountId } = await askAuth<AccountOfEmail>(internalRequests.accountByEmail, { email }, env);
  const request: EraseContact = { tenant: accountId, phone: digits };
  const { messages } = await askService<ContactErased>(
    'analytics',
    internalRequests.eraseContact,
    request,
    env,
    timeoutMs,
  );
  return [
    `${messages} messages lost number and text in read models and archive.`,
    'Sealed copies leave the event log after 90 days, and the queue of sent messages after 7.',
  ].join('\n');
}
