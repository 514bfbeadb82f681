import { childNode, contentBytes, type Node } from '../../protocol/index.ts';
import { SERVER_JID } from '../../state/account.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { Network } from '../network.ts';
import { accountIqs } from './account-iqs.ts';
import { encryptIqs } from './encrypt-iqs.ts';
import { empty, type IqReply, type IqRequest, type IqTable, type SessionIqRequest } from './iq-handler.ts';
import { pairingIqs } from './pairing-iqs.ts';
import { sessionIqs } from './session-iqs.ts';
import { usyncIqs } from './usync-iqs.ts';

const SESSION_IQS: IqTable<SessionIqRequest> = { ...sessionIqs, ...encryptIqs, ...usyncIqs, ...accountIqs };

const NO_CHILD: Node = { tag: '', attrs: {} };

/** Answers an iq from the tables; one that is in none gets an empty result and is counted as unknown. */
export function answerIq(network: Network, connection: ClientConnection, iq: Node): void {
  if (iq.attrs.type === 'result' || iq.attrs.type === 'error') takeAnswer(network, connection, iq);
  else sendReply(network, connection, iq, decideReply({ network, connection, iq, payload: childNode(iq) ?? NO_CHILD }));
}

function sendReply(network: Network, connection: ClientConnection, iq: Node, reply: IqReply): void {
  if (reply === 'silence') return;
  if ('error' in reply) {
    const error = { tag: 'error', attrs: { code: String(reply.error), text: reply.text } };
    connection.send({ tag: 'iq', attrs: answerAttrs(iq, 'error'), content: [error] });
    return;
  }
  const answer = (): void => {
    const { result } = reply;
    connection.send({ tag: 'iq', attrs: answerAttrs(iq, 'result'), ...(result.length > 0 && { content: result }) });
    reply.afterwards?.();
  };
  if (reply.onceStored) network.world.journal.afterCommit(answer);
  else network.timers.after(reply.delayMs ?? 0, answer);
}

function decideReply(request: IqRequest): IqReply {
  const { iq, payload, connection, network } = request;
  const key = `${iq.attrs.xmlns} ${iq.attrs.type} ${payload.tag}`;
  const { loggedIn } = connection;
  const forAnyone = pairingIqs[key];
  if (forAnyone) return forAnyone(request);
  const forSessions = SESSION_IQS[key];
  if (forSessions && !loggedIn) return { error: 401, text: 'not-authorized' };
  if (forSessions && loggedIn) return forSessions({ ...request, ...loggedIn });
  network.statistics.noteUnknown(iq);
  return empty;
}

/** The client answered an iq of ours. Only the signed identity of a client being linked carries anything. */
function takeAnswer(network: Network, connection: ClientConnection, iq: Node): void {
  const signed = contentBytes(childNode(childNode(iq, 'pair-device-sign'), 'device-identity'));
  if (signed) network.pairing.receive(connection, 'signed-identity', signed);
}

const answerAttrs = (iq: Node, type: 'result' | 'error'): Record<string, string> => ({
  from: SERVER_JID,
  type,
  id: iq.attrs.id ?? '',
});
