/** The reference: one process with many bare sockets, each sending its share of a round one after the other. */
import type { WASocket } from '@whiskeysockets/baileys';
import { type BareNetwork, connectBareSocket } from '../bare-socket.ts';
import { serveCalls } from '../child-calls.ts';
import { inParallel } from '../statistics.ts';
import { type Round, recipientOf, sessionOf, textOf } from './round.ts';

const sockets: WASocket[] = [];

serveCalls({
  connect: async ({ network, count }: { network: BareNetwork; count: number }) => {
    await inParallel(count, 4, async (index) => {
      sockets[index] = await connectBareSocket(network);
    });
  },
  send: async (round: Round) => {
    await Promise.all(
      Array.from({ length: round.sessions }, async (_, session) => {
        for (let index = session; index < round.count; index += round.sessions) {
          await sockets[sessionOf(round, index)]!.sendMessage(`${recipientOf(round, index)}@s.whatsapp.net`, {
            text: textOf(round, index),
          });
        }
      }),
    );
  },
});
