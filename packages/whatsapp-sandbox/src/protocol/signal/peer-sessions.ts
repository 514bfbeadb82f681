import { UndecryptableMessageError } from '../protocol-error.ts';
import { Session } from './session.ts';
import type { SignalPeerState } from './signal-device-state.ts';
import type { RatchetMessage } from './wire-message.ts';

/** Archived sessions kept per peer, as in libsignal. */
const MAX_ARCHIVED = 40;

/** The sessions with one peer device: the open one, on which to send, and archived ones that still decrypt. */
export class PeerSessions {
  /** The open one first, then from new to old. */
  #sessions: Session[];

  constructor(sessions: Session[]) {
    this.#sessions = sessions;
  }

  get current(): Session | undefined {
    return this.#sessions[0];
  }

  /** Makes `session` the open one and archives the rest. */
  open(session: Session): void {
    this.#sessions = [session, ...this.#sessions.filter((other) => other !== session)].slice(0, MAX_ARCHIVED + 1);
  }

  /** The session the peer began with this base key: its repeated first messages belong there. */
  startedBy(baseKey: Buffer, identityKey: Buffer): Session | undefined {
    return this.#sessions.find(
      (session) => session.baseKey.equals(baseKey) && session.remoteIdentity.equals(identityKey),
    );
  }

  /** Finds the session the message is of. Throws DuplicateMessageError, UndecryptableMessageError. */
  decrypt(message: RatchetMessage, ownIdentity: Buffer): Buffer {
    const known = this.#sessions.find((session) => session.knows(message.ratchetKey));
    if (known) return this.decryptWith(known, message, ownIdentity);
    for (const session of this.#sessions) {
      try {
        return this.decryptWith(session, message, ownIdentity);
      } catch (error) {
        if (!(error instanceof UndecryptableMessageError)) throw error;
      }
    }
    throw new UndecryptableMessageError('undecryptable', 'the message fits no session with the sender');
  }

  /** A session that still receives is what the peer sends on, so it becomes the open one and both sides converge. */
  decryptWith(session: Session, message: RatchetMessage, ownIdentity: Buffer): Buffer {
    const plaintext = session.decrypt(message, ownIdentity);
    if (session !== this.current) this.open(session);
    return plaintext;
  }

  toJSON(): SignalPeerState {
    return this.#sessions.map((session) => session.toJSON());
  }

  static fromJSON(state: SignalPeerState): PeerSessions {
    return new PeerSessions(state.map((session) => Session.fromJSON(session)));
  }
}
