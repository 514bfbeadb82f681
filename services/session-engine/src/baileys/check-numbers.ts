/** Which of these numbers are on WhatsApp, in one query. */
import { type BinaryNode, USyncQuery, USyncUser, type WASocket } from '@whiskeysockets/baileys';
import type { ContactCheck } from '../connection/whatsapp-connection.ts';
import { lidOfJid } from './connection-facts.ts';

/** As a `contact` element of the answer; `asked` is the number as it was asked, `+` and digits. */
interface ContactAnswer {
  asked: string | undefined;
  isIn: boolean;
}

/**
 * As Baileys' own contact protocol, but it keeps which number was asked: the jid in the answer may have other digits, such as the
 * ninth one of Brazilian mobile numbers.
 */
const contactProtocol: USyncQuery['protocols'][number] = {
  name: 'contact',
  getQueryElement: () => ({ tag: 'contact', attrs: {} }),
  getUserElement: ({ phone }) => (phone === undefined ? null : { tag: 'contact', attrs: {}, content: phone }),
  parser: (node): ContactAnswer => ({ asked: textOf(node), isIn: node.attrs.type === 'in' }),
};

const textOf = ({ content }: BinaryNode): string | undefined =>
  content instanceof Uint8Array ? Buffer.from(content).toString() : typeof content === 'string' ? content : undefined;

export function numbersQuery(phones: readonly string[]): USyncQuery {
  const query = new USyncQuery().withLIDProtocol();
  query.protocols.push(contactProtocol);
  for (const phone of phones) query.withUser(new USyncUser().withPhone(`+${phone}`));
  return query;
}

/** By the number that was asked. */
export function contactsOf({ list }: USyncAnswer): ReadonlyMap<string, ContactCheck> {
  const found = new Map<string, ContactCheck>();
  for (const { id, contact, lid } of list) {
    const { asked, isIn } = contact as ContactAnswer;
    const phone = (asked ?? id).replace(/@.*$/, '').replaceAll(/\D/g, '');
    const lidDigits = typeof lid === 'string' ? lidOfJid(lid) : undefined;
    found.set(phone, { onWhatsApp: isIn, ...(isIn && lidDigits !== undefined ? { lid: lidDigits } : {}) });
  }
  return found;
}
type USyncAnswer = NonNullable<ReturnType<USyncQuery['parseUSyncQueryResult']>>;

/** Undefined when the server did not answer in time. */
export async function checkNumbers(
  sock: Pick<WASocket, 'executeUSyncQuery'>,
  phones: readonly string[],
): Promise<ReadonlyMap<string, ContactCheck> | undefined> {
  const answer = await sock.executeUSyncQuery(numbersQuery(phones));
  return answer && contactsOf(answer);
}
