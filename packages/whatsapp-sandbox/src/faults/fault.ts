import { SandboxError } from '../sandbox-error.ts';

/** Ways the server can end a connection; numbers are the statusCode Baileys reports. */
export const DROP_CODES = [401, 403, 405, 428, 440, 503, 515] as const;
export type DropCode = (typeof DROP_CODES)[number];

/** What goes wrong. Times in milliseconds. */
export type FaultEffect =
  /** The message stanza is swallowed: neither acked nor delivered. */
  | { kind: 'drop-messages' }
  /** The server refuses the message with `code`. */
  | { kind: 'nack'; code: number }
  /** The server takes the message, and acks it, `delayMs` later. */
  | { kind: 'delay-acks'; delayMs: number }
  /** Handed on at once and acked `delayMs` later: receipts come first. */
  | { kind: 'late-acks'; delayMs: number }
  /** Acked, but never delivered. */
  | { kind: 'no-delivery' }
  /** Delivered, but no receipt comes back. */
  | { kind: 'no-receipts' }
  /** Every receipt comes `delayMs` later than usual. */
  | { kind: 'delay-receipts'; delayMs: number }
  /** Every receipt comes twice. */
  | { kind: 'duplicate-receipts' }
  /** The read receipt comes before the delivery receipt. */
  | { kind: 'reorder-receipts' }
  /** The ciphertext is damaged on its way to the recipient's phone, which asks for a retry. */
  | { kind: 'corrupt-ciphertext' }
  /** Device and contact queries are answered `delayMs` later. */
  | { kind: 'slow-lookups'; delayMs: number }
  /** Device and contact queries are never answered. */
  | { kind: 'silent-lookups' }
  /** Key-bundle queries end in error `code`. */
  | { kind: 'key-errors'; code: number }
  /** Until then WhatsApp lets the phone start no new chats: messages to who is not in one with it are refused with 463. */
  | { kind: 'restrict'; until: string }
  /** The connection ends with `code` once `messages` messages were accepted on it after the fault was set. */
  | { kind: 'close-after'; messages: number; code: DropCode }
  /** Logins are refused with `failure reason=code`. */
  | { kind: 'refuse-logins'; code: number }
  /** WebSocket upgrades are answered with HTTP status `code`. Cannot be scoped: nobody is known at that point. */
  | { kind: 'refuse-upgrades'; code: number };

export type FaultKind = FaultEffect['kind'];

/** Whom a fault touches; what is left out matches everything. */
export interface FaultScope {
  /** Only devices linked to this number. */
  phone?: string;
  /** Only messages to this number. */
  recipient?: string;
  /** Only devices of this owner. */
  owner?: string;
}

/** A fault as callers write it. */
export type FaultSpec = FaultEffect &
  FaultScope & {
    /** Hits before the fault ends by itself; without it the fault stays until cleared. */
    times?: number;
    /** Chance of each hit, 0 to 1; drawn from the sandbox's seed. Default 1. */
    probability?: number;
  };

export interface Fault {
  readonly id: string;
  readonly spec: FaultSpec;
  /** Undefined: unlimited. */
  readonly remaining: number | undefined;
}

/** How each kind reads its parameters; the keys are the complete list of kinds. */
const PARAMETERS: { readonly [K in FaultKind]: readonly ('code' | 'delayMs' | 'messages' | 'dropCode' | 'until')[] } = {
  'drop-messages': [],
  nack: ['code'],
  'delay-acks': ['delayMs'],
  'late-acks': ['delayMs'],
  'no-delivery': [],
  'no-receipts': [],
  'delay-receipts': ['delayMs'],
  'duplicate-receipts': [],
  'reorder-receipts': [],
  'corrupt-ciphertext': [],
  'slow-lookups': ['delayMs'],
  'silent-lookups': [],
  'key-errors': ['code'],
  restrict: ['until'],
  'close-after': ['messages', 'dropCode'],
  'refuse-logins': ['code'],
  'refuse-upgrades': ['code'],
};

export const FAULT_KINDS = Object.keys(PARAMETERS) as FaultKind[];

const MAX_DELAY_MS = 600_000;
const isInteger = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

/** Throws INVALID_FAULT unless `spec`, which may come from an untyped caller, is complete and in bounds. */
export function assertFault(spec: FaultSpec): void {
  const given = spec as unknown as Record<string, unknown>;
  const parameters = PARAMETERS[spec.kind];
  const refuse = (why: string): never => {
    throw new SandboxError('INVALID_FAULT', why);
  };
  if (!parameters) refuse(`unknown fault kind; one of ${FAULT_KINDS.join(', ')}`);
  for (const parameter of parameters) {
    if (parameter === 'code' && !isInteger(given.code, 400, 599)) refuse(`${spec.kind} needs code, 400 to 599`);
    if (parameter === 'delayMs' && !isInteger(given.delayMs, 0, MAX_DELAY_MS)) {
      refuse(`${spec.kind} needs delayMs, 0 to ${MAX_DELAY_MS}`);
    }
    if (parameter === 'messages' && !isInteger(given.messages, 1, 1_000_000)) refuse(`${spec.kind} needs messages`);
    if (parameter === 'until' && !(Date.parse(String(given.until)) > 0)) refuse('restrict needs until, an instant');
    if (parameter === 'dropCode') assertDropCode(given.code);
  }
  if (given.times !== undefined && !isInteger(given.times, 1, 1_000_000)) refuse('times is 1 to 1000000');
  const { probability } = spec;
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) refuse('probability is 0 to 1');
  if (spec.kind === 'restrict' && (spec.times ?? probability ?? spec.recipient) !== undefined)
    refuse('restrict is a state of the phone: it has no times, probability or recipient');
  if (spec.kind === 'refuse-upgrades' && (spec.phone ?? spec.recipient ?? spec.owner) !== undefined) {
    refuse('refuse-upgrades applies to everyone: nobody is known before the upgrade');
  }
}

/** Throws INVALID_FAULT unless `code` is one the server can end a connection with. */
export function assertDropCode(code: unknown): asserts code is DropCode {
  if (!DROP_CODES.includes(code as DropCode)) {
    throw new SandboxError('INVALID_FAULT', `a connection can end with code ${DROP_CODES.join(', ')}`);
  }
}
