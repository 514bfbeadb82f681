/** The reference in a process of its own: one bare socket, waited for as long as `sendMessage` takes. */
import type { WASocket } from '@whiskeysockets/baileys';
import { type BareNetwork, connectBareSocket } from '../bare-socket.ts';
import { serveCalls } from '../child-calls.ts';
import { inParallel } from '../statistics.ts';
import { type Round, recipientOf, type Started, textOf, wallClockMs } from './round.ts';

let socket: WASocket;

async function connect(network: BareNetwork): Promise<void> {
  socket = await connectBareSocket(network);
}

async function send(round: Round): Promise<Started> {
  const started: Started = [];
  await inParallel(round.count, round.concurrency, async (index) => {
    started[index] = wallClockMs();
    await socket.sendMessage(`${recipientOf(round, index)}@s.whatsapp.net`, { text: textOf(round, index) });
  });
  return started;
}

serveCalls({ connect, send });
