/** What happens to a message written to a magic number. */
export type MagicEffect =
  | 'delivers-only'
  | 'never-delivers'
  | 'not-on-whatsapp'
  | 'nacked'
  | 'slow'
  | 'replies'
  | 'logs-out-sender'
  | 'hides-number';

/** One number with a fixed behaviour, as test card numbers have at payment providers. */
export interface MagicRecipient {
  /** Digits only, international form. */
  readonly number: string;
  readonly effect: MagicEffect;
  readonly description: string;
}

/** The nack that WhatsApp gives to an account that may not start new chats. */
export const MAGIC_NACK_CODE = 463;

/** The whole table. Any other number is on WhatsApp, delivers, and reads. */
export const MAGIC_RECIPIENTS: readonly MagicRecipient[] = [
  { number: '19990000001', effect: 'delivers-only', description: 'Delivers, never reads' },
  { number: '19990000002', effect: 'never-delivers', description: 'Accepted by the server, never delivered' },
  { number: '19990000003', effect: 'not-on-whatsapp', description: 'Not on WhatsApp' },
  { number: '19990000004', effect: 'nacked', description: `Refused by the server with code ${MAGIC_NACK_CODE}` },
  { number: '19990000005', effect: 'slow', description: 'Accepted by the server after 30 s, then delivers and reads' },
  { number: '19990000006', effect: 'replies', description: 'Delivers, reads, and replies "You said: ..."' },
  { number: '19990000007', effect: 'logs-out-sender', description: 'Logs the sending session out (device removed)' },
  { number: '19990000008', effect: 'hides-number', description: 'Writes under its LID only; otherwise ordinary' },
];

const EFFECTS = new Map(MAGIC_RECIPIENTS.map(({ number, effect }) => [number, effect]));

/** The effect of writing to `number`; undefined for an ordinary one. */
export const magicEffectOf = (number: string): MagicEffect | undefined => EFFECTS.get(number);
