/** Why the bytes of a peer were refused. Stable, for switches and logs; `message` is for people. */
export type ProtocolErrorCode =
  | 'malformed-frame'
  | 'frame-too-large'
  | 'malformed-node'
  | 'handshake-failed'
  | 'decryption-failed'
  | 'not-connected'
  | 'malformed-message'
  | 'bad-key'
  | 'bad-signature'
  | 'malformed-pairing'
  | 'no-session'
  | 'unknown-prekey'
  | 'duplicate-message'
  | 'undecryptable'
  | 'too-far-ahead'
  | 'malformed-state';

/**
 * Everything this layer throws about input it was given. Anything else that escapes is a bug here.
 * The message never holds key material or plaintext.
 */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message was decrypted before: its key is gone. A real device drops such a message silently. */
export class DuplicateMessageError extends ProtocolError {
  override readonly name = 'DuplicateMessageError';

  constructor(counter: number) {
    super('duplicate-message', `message ${counter} of this chain was already decrypted`);
  }
}

/** No session (or one-time prekey) fits this message. A real device answers with a retry receipt. */
export class UndecryptableMessageError extends ProtocolError {
  override readonly name = 'UndecryptableMessageError';

  constructor(code: 'no-session' | 'unknown-prekey' | 'undecryptable' | 'too-far-ahead', message: string) {
    super(code, message);
  }
}

/**
 * Runs `read` over untrusted bytes and turns whatever a library throws into a ProtocolError, so that callers
 * have one family to catch.
 */
export function refuseAs<T>(code: ProtocolErrorCode, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(code, what, { cause: error });
  }
}
