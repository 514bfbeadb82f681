import type { AnyEvent, FeedEvent, FeedSession, PublicEvent } from '@wam/contracts';
import { type OpenMessage, toPublicEvent } from '@wam/public-events';
import { cursorOf } from './cursor.ts';
import type { SessionLabels } from './session-labels.ts';

/** One event of an account as it goes to its followers: made once, sent to all. */
export interface FeedEntry {
  /** Stream sequence: what its cursor stands for. */
  seq: number;
  event: FeedEvent;
  /** Of the session it is about; undefined where unknown. */
  network: string | undefined;
  /** The event as JSON. */
  text(): string;
  /** What a door sends of it, made once for all its followers. @param form of module level: it is the key */
  as<T>(form: (entry: FeedEntry) => T): T;
  /** The event with what only those may see who may manage sessions: the QR code. */
  forManagers?: FeedEntry;
}
export interface EventAtPlace {
  seq: number;
  event: AnyEvent;
  network: string | undefined;
}
/** The code of a session that can be scanned now; undefined when there is none, or nobody tells in time. */
export type AskForQr = (tenant: string, sessionId: string) => Promise<string | undefined>;

export interface EntryMakerDeps {
  open: OpenMessage;
  labels: SessionLabels;
  askForQr: AskForQr;
  nowMs: () => number;
}
/** undefined for events that are not public. Takes time for QR codes, and for the first event of a session. */
export type MakeEntry = (tag: string, stored: EventAtPlace) => FeedEntry | undefined | Promise<FeedEntry>;

export function createMakeEntry({ open, labels, askForQr, nowMs }: EntryMakerDeps): MakeEntry {
  function finish(tag: string, stored: EventAtPlace, made: PublicEvent, session: FeedSession | undefined) {
    const { seq, event, network } = stored;
    const at = { ...(session === undefined ? {} : { session }), cursor: cursorOf({ tag, seq }) };
    const entry = entryOf(seq, network, { ...made, ...at });
    if (made.type !== 'session.qr' || Date.parse(made.data.expiresAt) <= nowMs()) return entry;
    return askForQr(event.tenant, made.data.sessionId).then((qrCode) => {
      if (qrCode === undefined) return entry;
      return { ...entry, forManagers: entryOf(seq, network, { ...withCode(made, qrCode), ...at }) };
    });
  }
  return (tag, stored) => {
    const made = toPublicEvent(stored.event, open);
    if (made === undefined) return undefined;
    const session = labels.of(stored.event);
    return session instanceof Promise
      ? session.then((label) => finish(tag, stored, made, label))
      : finish(tag, stored, made, session);
  };
}

const withCode = (made: Extract<PublicEvent, { type: 'session.qr' }>, qrCode: string): PublicEvent => ({
  ...made,
  data: { ...made.data, qrCode },
});

function entryOf(seq: number, network: string | undefined, event: FeedEvent): FeedEntry {
  let text: string | undefined;
  // Most accounts are followed through one door.
  let firstForm: unknown;
  let first: unknown;
  let others: Map<unknown, unknown> | undefined;
  return {
    seq,
    event,
    network,
    text() {
      text ??= JSON.stringify(event);
      return text;
    },
    as<T>(form: (entry: FeedEntry) => T): T {
      if (firstForm === form) return first as T;
      if (firstForm === undefined) {
        firstForm = form;
        first = form(this);
        return first as T;
      }
      let made = others?.get(form) as T | undefined;
      if (made === undefined) {
        made = form(this);
        others ??= new Map();
        others.set(form, made);
      }
      return made;
    },
  };
}
