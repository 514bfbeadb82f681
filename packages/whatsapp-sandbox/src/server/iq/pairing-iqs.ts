import { randomBytes } from 'node:crypto';
import { childNode, contentBytes, parseJid } from '../../protocol/index.ts';
import { empty, type IqReply, type IqRequest, type IqTable } from './iq-handler.ts';

/** Iqs of a client that is not linked yet: the two steps of the pairing-code flow. */
export const pairingIqs: IqTable<IqRequest> = {
  'md set link_code_companion_reg': (request) =>
    request.payload.attrs.stage === 'companion_hello' ? awaitCode(request) : finishCode(request),
};

function awaitCode({ network, connection, payload }: IqRequest): IqReply {
  const number = parseJid(payload.attrs.jid ?? '')?.user;
  const wrapped = contentBytes(childNode(payload, 'link_code_pairing_wrapped_companion_ephemeral_pub'));
  if (!number || !wrapped) return { error: 400, text: 'bad-request' };
  const ref = randomBytes(8).toString('hex');
  network.pairing.awaitCode(number, { connection, ref, wrappedEphemeral: wrapped });
  return {
    result: [
      {
        tag: 'link_code_companion_reg',
        attrs: { stage: 'companion_hello' },
        content: [{ tag: 'link_code_pairing_ref', attrs: {}, content: Buffer.from(ref) }],
      },
    ],
  };
}

function finishCode({ network, connection, payload }: IqRequest): IqReply {
  const keyBundle = contentBytes(childNode(payload, 'link_code_pairing_wrapped_key_bundle'));
  if (!keyBundle) return { error: 400, text: 'bad-request' };
  network.pairing.receive(connection, 'key-bundle', keyBundle);
  return empty;
}
