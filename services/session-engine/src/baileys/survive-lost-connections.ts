/**
 * Baileys answers some stanzas in listeners that nobody awaits, such as `ib/dirty` (Socket/chats.js). When the connection ends in that
 * moment the answer rejects, nobody catches it, and Node would end the process: all sessions for the end of one.
 */

let installed = false;

/** Whether nothing but one connection is concerned. What our own code asks of Baileys is awaited, so its rejections do not come here. */
export function isOfOneConnection(reason: unknown): boolean {
  // The close code of the WebSocket is what a write rejects with that the close interrupted (protocol reference, section 6).
  if (typeof reason === 'number') return reason >= 1_000 && reason <= 1_015;
  if (!(reason instanceof Error) || !('isBoom' in reason)) return false;
  return /[\\/]@whiskeysockets[\\/]baileys[\\/]/.test(reason.stack ?? '');
}

/** For the process, once. Every other rejection that nobody handles ends it, as it did. */
export function surviveLostConnections(): void {
  if (installed) return;
  installed = true;
  process.on('unhandledRejection', (reason) => {
    if (!isOfOneConnection(reason)) throw reason;
  });
}
