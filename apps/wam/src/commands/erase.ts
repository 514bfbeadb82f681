/** `wam erase`: the right of a contact to be forgotten, for one account, in every service that keeps contacts. */
import {
  type AccountOfEmail,
  type ContactAddresses,
  type ContactErased,
  type ContactOfTenant,
  contactAddressPattern,
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
export async function erase(email: string, contact: string, env: Env): Promise<string> {
  const address = contact.replace(/^\+/, '');
  if (!new RegExp(contactAddressPattern).test(address))
    throw new UserError(`${contact} is no phone number with country code, and no LID such as 123456789012345@lid`);
  const { accountId } = await askAuth<AccountOfEmail>(internalRequests.accountByEmail, { email }, env);
  const { lines, addresses } = await findAddresses({ tenant: accountId, address }, env);
  let isDone = lines.length === 0;
  for (const service of services) {
    try {
      const { erased, underWay } = await eraseFrom(service, { tenant: accountId, addresses }, env);
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

/** Of a number its LIDs, of a LID its number, as far as a session of the account was told (docs/adr/0025). Lines are what went wrong. */
async function findAddresses(contact: ContactOfTenant, env: Env): Promise<ContactAddresses & { lines: string[] }> {
  try {
    const found = await askService<ContactAddresses>('engine', internalRequests.contactAddresses, contact, env);
    return { ...found, lines: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { addresses: [contact.address], lines: [`engine: FAILED to tell other addresses: ${error.message}`] };
  }
}

async function eraseFrom(
  service: ServiceName,
  { tenant, addresses }: ContactAddresses & { tenant: string },
  env: Env,
): Promise<ContactErased> {
  const erased: Partial<Record<ErasedFrom, number>> = {};
  let underWay = 0;
  for (const address of addresses) {
    const request: EraseContact = { tenant, address };
    const of = await askService<ContactErased>(service, internalRequests.eraseContact, request, env, timeoutMs);
    for (const [from, count] of Object.entries(of.erased))
      erased[from as ErasedFrom] = (erased[from as ErasedFrom] ?? 0) + count;
    underWay += of.underWay;
  }
  return { erased, underWay };
}
