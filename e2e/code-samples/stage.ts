/**
 * Makes the world in which the examples of the API reference are true: an account, a linked session, a message that failed.
 * Examples carry made-up ids; `prepare` says which real value stands for each.
 */
import { type Client, createClient } from '@wam/client';
import { type OperationDefinition, operationList } from '@wam/contracts';
import { linkSession, until } from '../platform.ts';
import { producerOf } from './producer-of.ts';

/** Where an example runs: whose token, and the real values by field name, wherever the field stands in the example. */
export interface Given {
  token?: string;
  values?: Record<string, string>;
}
export interface Stage {
  readonly token: string;
  prepare(operation: OperationDefinition): Promise<Required<Given>>;
}

/** The numbers that the examples name. */
const linkedPhone = '15551230001';
const password = 'securepassword123';

export async function buildStage(url: string): Promise<Stage> {
  let accounts = 0;
  let phones = 0;
  const nextEmail = () => `reader-${++accounts}@example.com`;
  const register = (email = nextEmail()) =>
    createClient({ baseUrl: url })
      .register({ body: { email, password } })
      .then((answer) => ({ email, ...answer }));

  const { token } = await register();
  const client = createClient({ baseUrl: url, token });
  const { sessionId } = await linkSession(client, linkedPhone);

  const situations: Record<string, () => Promise<Given>> = {
    register: async () => ({ values: { email: nextEmail() } }),
    login: async () => ({ values: { email: (await register()).email } }),
    refreshTokens: async () => ({ values: { refreshToken: (await register()).refreshToken } }),
    logOut: register,
    changePassword: register,
    getSessionQr: async () => ({ values: { sessionId: await unlinkedSession() } }),
    requestPairingCode: async () => ({ values: { sessionId: await unlinkedSession() } }),
    // Others show the shared one as it was made, and need it connected.
    updateSession: async () => ({ values: { sessionId: await unlinkedSession() } }),
    disconnectSession: async () => ({ values: { sessionId: await unlinkedSession() } }),
    deleteSession: async () => ({ values: { sessionId: await unlinkedSession() } }),
    resendMessage: async () => ({ values: { messageId: await failedMessage() } }),
    uploadRecipients: async () => ({ values: { campaignId: await campaign(['919876543210']) } }),
    startCampaign: async () => ({ values: { campaignId: await campaign(['919876543210']) } }),
    cancelCampaign: async () => ({ values: { campaignId: await campaign(['919876543210']) } }),
    pauseCampaign: async () => ({ values: { campaignId: await campaignThat('runs') } }),
    resumeCampaign: async () => ({ values: { campaignId: await campaignThat('is paused') } }),
    listCampaigns: async () => {
      await campaignThat('runs');
      return {};
    },
    listAudit: async () => {
      // Of the session it is told over the log.
      await until(
        'the session in the audit log',
        async () => (await client.listAudit()).data[0]?.action === 'session.created',
      );
      return {};
    },
    listCampaignRecipients: async () => ({ values: { campaignId: await campaignThat('failed') } }),
    listSuppressions: async () => {
      await client.addSuppressions({ body: { numbers: ['919876543219'] } });
      return {};
    },
    listWebhookDeliveries: async () => ({ values: { webhookId: (await delivery()).webhookId } }),
    retryCampaign: async () => ({ values: { campaignId: await campaignThat('failed') } }),
    getWebhookDelivery: async () => ({ values: await delivery() }),
    resendWebhookDelivery: async () => ({ values: await delivery() }),
    deleteWebhook: async () => ({ values: { webhookId: await newWebhook() } }),
    scanQr: async () => {
      const answer = await client.getSessionQr({ params: { sessionId: await unlinkedSession() } });
      return { values: { qrCode: answer.qrCode! } };
    },
    enterPairingCode: async () => {
      const params = { sessionId: await unlinkedSession() };
      const phone = `1555124${String(++phones).padStart(4, '0')}`;
      const { code } = await client.requestPairingCode({ params, body: { phone } });
      return { values: { code, phone } };
    },
  };
  /** What a path parameter stands for where the situation says nothing else. */
  const things: Record<string, () => Promise<string>> = {
    sessionId: async () => sessionId,
    messageId: async () => {
      const body = { to: '919876543210', message: 'Hello' };
      return (await client.sendMessage({ params: { sessionId }, body })).messageId;
    },
    webhookId: () => sharedWebhook(),
    // Made by `produce` as well, at the pace of its example.
    campaignId: async () => {
      const body = { contacts: ['919876543210'], message: 'Hello', delay: 0 };
      return (await client.bulkSend({ body })).campaignId;
    },
  };

  async function unlinkedSession(): Promise<string> {
    return (await client.createSession({ body: { name: 'Not linked' } })).sessionId;
  }
  async function campaign(contacts: string[], start = false): Promise<string> {
    return (await client.createCampaign({ body: { message: 'Hello', contacts, start } })).campaignId;
  }
  async function campaignThat(situation: 'runs' | 'is paused' | 'failed'): Promise<string> {
    const many = Array.from({ length: 100 }, (_, i) => String(919_876_000_000 + i));
    const campaignId = await campaign(situation === 'failed' ? ['19990000003'] : many, true);
    const params = { campaignId };
    if (situation === 'is paused') await client.pauseCampaign({ params });
    if (situation === 'failed')
      await until('campaign ended', async () => (await client.getCampaign({ params })).status === 'completed');
    return campaignId;
  }
  /** WhatsApp refuses it once; sent again it arrives. */
  async function failedMessage(): Promise<string> {
    await client.injectFault({ body: { phone: linkedPhone, kind: 'nack', code: 479, count: 1 } });
    const body = { to: '919876543210', message: 'Hello' };
    await client.sendMessage({ params: { sessionId }, body }).catch(() => undefined);
    const { data } = await client.listMessages({ query: { status: 'failed', limit: 1 } });
    return data[0]!.messageId;
  }
  let webhook: Promise<string> | undefined;
  async function newWebhook(): Promise<string> {
    return (await client.createWebhook({ body: { url: 'https://example.com/hooks/wamessenger' } })).webhookId;
  }
  function sharedWebhook(): Promise<string> {
    webhook ??= newWebhook();
    return webhook;
  }
  async function delivery(): Promise<{ webhookId: string; deliveryId: string }> {
    const webhookId = await newWebhook();
    const body = { to: '919876543210', message: 'Hello' };
    const { messageId } = await client.sendMessage({ params: { sessionId }, body });
    const { deliveryId } = await until('delivery', async () => {
      const { data } = await client.listWebhookDeliveries({ params: { webhookId } });
      return data.find(({ eventId }) => eventId.includes(messageId));
    });
    return { webhookId, deliveryId };
  }
  async function produce(parameter: string): Promise<string> {
    const producer = producerOf(parameter, operationList);
    if (producer === undefined)
      throw new Error(
        `No way to get a real ${parameter}: no POST answers with one. Add it to e2e/code-samples/stage.ts`,
      );
    const call = client[producer.id as keyof Client] as (input: unknown) => Promise<Record<string, string>>;
    return (await call(producer.example))[parameter]!;
  }

  return {
    token,
    async prepare({ id, example }) {
      // An example before this one may have cut the connection, or asked for it to be made.
      await until('session connected', async () => {
        const { status } = await client.getSessionStatus({ params: { sessionId } });
        return status === 'connected';
      });
      const given = { token, ...(await situations[id]?.()) };
      const values = { ...given.values };
      for (const parameter of Object.keys(example.params ?? {})) {
        // Numbers of phones are no ids: the simulated network has them all.
        if (parameter === 'number') continue;
        values[parameter] ??= await (things[parameter] ?? (() => produce(parameter)))();
      }
      return { token: given.token, values };
    },
  };
}

/** The sample with the real values in the place of the example's. @throws Error when a field is not in the example */
export function realised(source: string, { example }: OperationDefinition, values: Record<string, string>): string {
  let text = source;
  for (const [field, value] of Object.entries(values)) {
    const madeUp = [example.params, example.query, example.body].map(
      (place) => (place as Record<string, unknown> | undefined)?.[field],
    );
    const placeholder = madeUp.find((each) => typeof each === 'string');
    if (placeholder === undefined) throw new Error(`The example has no ${field}`);
    text = text.replaceAll(placeholder, value);
  }
  return text;
}
