/**
 * libsignal prints whole session records, PRIVATE RATCHET KEYS INCLUDED, with console.info when a session is replaced, and more on
 * other levels (protocol reference, section 10). It has no logger to configure, so its lines are kept off the console by their beginnings.
 */
const libsignalLines = [
  'Closing session:',
  'Opening session:',
  'Removing old closed session:',
  'Session already closed',
  'Session already open',
  'Closing open session in favor of incoming prekey bundle',
  'Closing stale open session',
  'Decrypted message with closed session.',
  'Failed to decrypt message with any known session',
  'Session error:',
  'Migrating session to:',
  'V1 session storage migration error',
  'Unhandled bucket type',
  'WARNING: Expected pubkey of length 33',
];
const methods = ['log', 'info', 'warn', 'error'] as const;
const silenced = Symbol.for('wam.libsignal-silenced');

/** Process-wide, and once however often it is called. */
export function silenceLibsignal(target: Pick<Console, (typeof methods)[number]> = console): void {
  const marked = target as typeof target & { [silenced]?: true };
  if (marked[silenced]) return;
  marked[silenced] = true;
  for (const method of methods) {
    const print = target[method].bind(target);
    target[method] = (...args: unknown[]) => {
      const first = args[0];
      if (typeof first === 'string' && libsignalLines.some((line) => first.startsWith(line))) return;
      print(...args);
    };
  }
}
