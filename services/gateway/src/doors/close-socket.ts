import { type CloseReason, closeCodes } from '@wam/contracts';
import type { WebSocket } from 'ws';

/** For the close frame to arrive, behind whatever waits. */
export const lastWordsMs = 3_000;
/** The same for a slow reader: it has half a megabyte to read before it learns why. */
const slowWordsMs = 10_000;

/** With a code; a peer that does not answer is cut off. */
export function closeSocket(socket: WebSocket, reason: CloseReason, message: string): void {
  socket.close(closeCodes[reason], message.slice(0, 120));
  const cut = setTimeout(() => socket.terminate(), reason === 'slowReader' ? slowWordsMs : lastWordsMs);
  socket.once('close', () => clearTimeout(cut));
}
