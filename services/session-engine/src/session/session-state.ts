/** The session aggregate: what the log says about one linked (or to be linked) WhatsApp account. Pure. */
import {
  type DisconnectCause,
  type Network,
  poolOf,
  type SessionEvent,
  type SessionMetadata,
  type SessionStatus,
} from '@wam/contracts';
import type { Fact } from '@wam/event-store';

export interface SessionProfile {
  name: string;
  description: string;
  metadata: SessionMetadata;
  network: Network;
  /** Whose engines serve it, by the log. */
  pool: string;
  /** Digits; present while a phone is linked. */
  phone?: string;
  lid?: string;
  /** Until then WhatsApp lets it start no new chats. */
  restrictedUntil?: string;
}

export type SessionState =
  | { kind: 'absent' }
  | ({ kind: 'connecting' } & SessionProfile)
  /** A QR code waits to be scanned. */
  | ({ kind: 'pending' } & SessionProfile)
  | ({ kind: 'connected' } & SessionProfile)
  | ({ kind: 'reconnecting'; attempt: number } & SessionProfile)
  | ({ kind: 'disconnected'; cause: DisconnectCause } & SessionProfile)
  | ({ kind: 'error'; cause: DisconnectCause } & SessionProfile)
  | { kind: 'deleted' };

export type LiveSessionState = Exclude<SessionState, { kind: 'absent' | 'deleted' }>;

/** A session event before it has an envelope. */
export type SessionFact = Fact<SessionEvent>;

export const initialSessionState = (): SessionState => ({ kind: 'absent' });

export const isLive = (state: SessionState): state is LiveSessionState =>
  state.kind !== 'absent' && state.kind !== 'deleted';

/** Whether a phone is linked, so that connecting needs no QR code. */
export const isLinked = (state: SessionState): boolean => isLive(state) && state.phone !== undefined;

/** Whether it offers to link a phone, or is about to. */
export const awaitsPhone = (state: SessionState): boolean =>
  (state.kind === 'connecting' || state.kind === 'pending') && !isLinked(state);

/** The public status; the union's names are the API's names. */
export const statusOf = (state: LiveSessionState): SessionStatus => state.kind;

const profileOf = (state: SessionState): SessionProfile => {
  if (!isLive(state)) throw new Error(`A session event follows the state ${state.kind}`);
  const { name, description, metadata, network, pool, phone, lid, restrictedUntil } = state;
  return {
    name,
    description,
    metadata,
    network,
    pool,
    ...(phone === undefined ? {} : { phone }),
    ...(lid === undefined ? {} : { lid }),
    ...(restrictedUntil === undefined ? {} : { restrictedUntil }),
  };
};
/** A restriction stays until the next phone's login tells otherwise. */
const withoutPhone = ({ phone: _, lid: __, ...rest }: SessionProfile): SessionProfile => rest;

const currentVersion = 1;

/** Events of later releases, in types or versions unknown here, change nothing: this one may run after them, as a way back (ADR 23). */
export function evolve(state: SessionState, event: SessionFact): SessionState {
  if (state.kind === 'deleted' || (event.v ?? currentVersion) > currentVersion) return state;
  switch (event.type) {
    case 'SessionCreated': {
      const { name, description, metadata = {}, network, pool = poolOf(network) } = event.data;
      return { kind: 'connecting', name, description, metadata, network, pool };
    }
    case 'SessionDescribed': {
      const { name, description, metadata } = event.data;
      return isLive(state) ? { ...state, name, description, metadata } : state;
    }
    case 'SessionConnecting':
      return { kind: 'connecting', ...profileOf(state) };
    case 'SessionQrIssued':
      // Only a device without credentials is offered a code: if a phone was linked, its link was lost with the process that made it.
      return { kind: 'pending', ...withoutPhone(profileOf(state)) };
    case 'SessionPaired': {
      const { phone, lid } = event.data;
      return { kind: 'connecting', ...profileOf(state), phone, ...(lid === undefined ? {} : { lid }) };
    }
    case 'SessionConnected':
      return { kind: 'connected', ...profileOf(state), phone: event.data.phone };
    case 'SessionReconnecting':
      return { kind: 'reconnecting', ...profileOf(state), attempt: event.data.attempt };
    case 'SessionDisconnected': {
      const profile = profileOf(state);
      const { cause } = event.data;
      // The phone removed this device: the credentials are void, and the next connect needs a QR code.
      return { kind: 'disconnected', cause, ...(cause === 'logged-out' ? withoutPhone(profile) : profile) };
    }
    case 'SessionFailed':
      return { kind: 'error', cause: event.data.cause, ...profileOf(state) };
    case 'SessionRestricted':
      return isLive(state) ? { ...state, restrictedUntil: event.data.until } : state;
    case 'SessionUnrestricted': {
      if (!isLive(state)) return state;
      const { restrictedUntil: _, ...free } = state;
      return free;
    }
    case 'SessionMoved':
      return isLive(state) ? { ...state, pool: event.data.to } : state;
    case 'SessionDeleted':
      return { kind: 'deleted' };
    default:
      event satisfies never;
      return state;
  }
}
