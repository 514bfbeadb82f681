/** Answers the sandbox operations of the API. What a caller sees and touches is its own: owner = tenant. */
import type {
  AnswerOf,
  BodyOf,
  enterPairingCode as enterPairingCodeOperation,
  getInbox as getInboxOperation,
  Rejection,
  ServiceReply,
  ServiceRequest,
  scanQr as scanQrOperation,
  simulateIncomingMessage as simulateOperation,
} from '@wam/contracts';
import { reject } from '@wam/contracts';
import { answer, type RequestHandler, refuse } from '@wam/service-kit/nats';
import { type LinkedPhone, type Sandbox, SandboxError } from '@wam/whatsapp-sandbox';
import { type FaultBody, faultRequest } from './fault-request.ts';
import { type RequestFields, refusalOf } from './refusal-of.ts';
import { userContent } from './user-content.ts';

type Facade = Pick<
  Sandbox,
  | 'scanQr'
  | 'enterPairingCode'
  | 'sendMessage'
  | 'inbox'
  | 'injectFault'
  | 'clearFaults'
  | 'disconnect'
  | 'unlink'
  | 'linkedPhones'
>;
type Handler = (sandbox: Facade, owner: string, request: ServiceRequest) => Promise<ServiceReply> | ServiceReply;

export function sandboxHandlers(sandbox: Facade): Record<string, RequestHandler> {
  return {
    scanQr: guarded(sandbox, { phone: 'phone', link: 'qrCode' }, scanQr),
    enterPairingCode: guarded(sandbox, { phone: 'phone', link: 'code' }, enterPairingCode),
    simulateIncomingMessage: guarded(sandbox, { phone: 'from' }, simulateIncomingMessage),
    getInbox: guarded(sandbox, { phone: 'number' }, getInbox),
    injectFault: guarded(sandbox, { phone: 'phone' }, injectFault),
  };
}

function guarded(sandbox: Facade, fields: RequestFields, handler: Handler): RequestHandler {
  return async (request) => {
    if (request.principal === undefined) return refuse({ code: 'UNAUTHORIZED' });
    try {
      return await handler(sandbox, request.principal.tenant, request);
    } catch (error) {
      if (error instanceof SandboxError) return refuse(refusalOf(error, fields));
      throw error;
    }
  };
}

const scanQr: Handler = async (sandbox, owner, { body }) => {
  const { qrCode, phone, name } = body as BodyOf<typeof scanQrOperation>;
  const linked = await sandbox.scanQr({
    qr: qrCode,
    owner,
    ...(phone === undefined ? {} : { phone }),
    ...(name === undefined ? {} : { name }),
  });
  return answer(200, linkedAnswer(linked));
};

const enterPairingCode: Handler = async (sandbox, owner, { body }) => {
  const { phone, code } = body as BodyOf<typeof enterPairingCodeOperation>;
  return answer(200, linkedAnswer(await sandbox.enterPairingCode({ phone, code, owner })));
};

const linkedAnswer = ({ phone, lid }: LinkedPhone): AnswerOf<typeof scanQrOperation, 200> => ({
  success: true,
  phone,
  lid: lid.replace(/@.*$/, ''),
});

const simulateIncomingMessage: Handler = (sandbox, owner, { body, idempotencyId: id }) => {
  const asked = body as BodyOf<typeof simulateOperation>;
  const content = userContent(asked);
  if ('missing' in content) return refuse(reject('VALIDATION_FAILED', content.missing));
  const { from, to, name } = asked;
  const named = { ...(name === undefined ? {} : { name }), ...(id === undefined ? {} : { id }) };
  const sent = sandbox.sendMessage({ ...content, from, to, owner, ...named });
  return answer(200, { success: true, id: sent.id });
};

const getInbox: Handler = (sandbox, owner, { params, query }) => {
  const phone = params.number ?? '';
  const limit = query.limit as number | undefined;
  const answered: AnswerOf<typeof getInboxOperation, 200> = {
    phone,
    messages: readInbox(sandbox, phone, owner, limit).map(({ id, from, text, at, copies }) => ({
      id,
      from,
      text,
      at: new Date(at).toISOString(),
      copies,
    })),
  };
  return answer(200, answered);
};

/** A number that is not on the network, such as the magic one, has received nothing. */
function readInbox(sandbox: Facade, phone: string, owner: string, limit: number | undefined) {
  try {
    return sandbox.inbox({ phone, owner, ...(limit === undefined ? {} : { limit }) });
  } catch (error) {
    if (error instanceof SandboxError && error.code === 'UNKNOWN_PHONE') return [];
    throw error;
  }
}

const injectFault: Handler = (sandbox, owner, { body }) => {
  const fault = body as FaultBody;
  const { phone } = fault;
  const asked = faultRequest(fault, Date.now());
  switch (asked.action) {
    case 'disconnect':
      sandbox.disconnect({ phone, code: asked.code, owner });
      break;
    case 'unlink':
      sandbox.unlink({ phone, owner });
      break;
    case 'clear':
      if (!sandbox.linkedPhones(owner).some((linked) => linked.phone === phone)) return refuse(notLinked);
      sandbox.clearFaults({ phone, owner });
      break;
    case 'inject':
      sandbox.injectFault({
        ...asked.effect,
        phone,
        owner,
        ...(asked.times === undefined ? {} : { times: asked.times }),
      });
      break;
    default:
      return asked satisfies never;
  }
  return answer(200, { success: true });
};

const notLinked: Pick<Rejection, 'code'> = { code: 'SANDBOX_PHONE_NOT_LINKED' };
