/** `wam erase`: the right of a contact to be forgotten, for one account, in every service that keeps contacts. */
import {
  type AccountOfEmail,
  type ContactErased,
  type EraseContact,
  type ErasedFrom,
  internalRequests,
  type ServiceName,
} from '@wam/contracts';
import type { Env } from '@wam/service-kit';
import { UserError } from '../user-error.ts';
import { askAuth, askService } from './ask-service.ts';

/** Archives and lists are searched, which takes its time. */
const timeoutMs = 30 * 60_000;

/** In the way of a message, so that nothing is handed on that was erased before. */
const services = ['dispatcher', 'engine', 'webhooks', 'analytics'] as const satisfies ServiceName[];

const words: Readonly<Record<ErasedFrom, string>> = {
  recipients: 'recipients of campaigns',
  'list-rows': 'rows of uploaded lists',
  suppressions: 'numbers on the suppression list (it still knows who opted out)',
  'sent-messages': 'sent messages',
  deliveries: 'deliveries of webhooks',
  messages: 'messages in read models and archive',
};

/**
 * Each service is asked, whatever becomes of the others; it may be repeated.
 * @returns the lines to print @throws UserError for an unknown account or no number, and, with the same lines, while something is left
 */
export async function erase(email: string, phone: string, env: Env): Promise<string> {
  const digits = phone.replace(/^\+/, '');
  if (!/^[1-9]\d{7,14}$/.test(digits)) throw new UserError(`${phone} is no phone number with country code`);
  const { accountId } = await askAuth<AccountOfEmail>(internalRequests.accountByEmail, { email }, env);
  const request: EraseContact = { tenant: accountId, phone: digits };
  const lines: string[] = [];
  let isDone = true;
  for (const service of services) {
    try {
      const { erased, underWay } = await askService<ContactErased>(
        service,
        internalRequests.eraseContact,
        request,
        env,
        timeoutMs,
      );
      const parts = Object.entries(erased).map(([from, count]) => `${count} ${words[from as ErasedFrom]}`);
      lines.push(
        `${service}: erased from ${parts.join(', ')}${underWay > 0 ? `; ${underWay} LEFT, on their way` : ''}`,
      );
      isDone &&= underWay === 0;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      lines.push(`${service}: FAILED: ${error.message}`);
      isDone = false;
    }
  }
  if (!isDone) throw new UserError(['not done; repeat it once the cause is gone', ...lines].join('\n'));
  return [
    ...lines,
    'Sealed copies leave the event log after 90 days; answers kept for repeated requests go after a day.',
  ].join('\n');
}
