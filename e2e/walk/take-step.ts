/** What customers, phones and machines do, one step at a time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '@wam/whatsapp-sandbox';
import { faults } from './faults.ts';
import type { Step, StepKind } from './plan-walk.ts';
import { ask, type KnownSend, type KnownSession, type Walker } from './walker.ts';

const phones = ['15550000001', '15550000002', '15550000003', '15550000004', '15550000005'];
const users = ['919800000001', '919800000002', '919800000003', '919800000004', '19990000008'];
const nobody = '19990000003';
const logsOut = '19990000007';
/** Ordinary ones for the most part, and everything else that somebody may write to. */
const recipients = [
  ...users,
  ...users,
  ...['19990000001', '19990000002', nobody, '19990000004', '19990000006', logsOut],
  ...phones.slice(0, 3),
];
const ofSends = [
  'SESSION_NOT_FOUND',
  'SESSION_NOT_CONNECTED',
  'NOT_ON_WHATSAPP',
  'RECIPIENT_RESTRICTED',
  'WHATSAPP_REJECTED',
  'SESSION_BUSY',
  'SESSION_DELETED',
  'SESSION_LOGGED_OUT',
  'SEND_FAILED',
] as const;
const ofSessions = ['SESSION_NOT_FOUND'] as const;
const ofCampaigns = [...ofSends, 'SESSION_RESTRICTED', 'CAMPAIGN_STATE', 'CAMPAIGN_EMPTY'] as const;
const maxSessions = 6;
const cutCodes = [428, 503, 515, 440, 'reset', 'close', 'stream-end', 'silence', 401, 403, 405] as const;
const others = ['gateway', 'auth', 'analytics', 'dispatcher', 'webhooks'] as const;

/** After them a device may be linked that its engine does not know, or deleted without WhatsApp being told. */
const interrupts: readonly StepKind[] = [
  'kill-engine',
  'stop-engine',
  'restart-bus',
  'restart-database',
  'cut',
  'fault',
];

const at = <T>(list: readonly T[], place: number): T | undefined => list[place % list.length];
const alive = ({ sessions }: Walker): KnownSession[] => sessions.filter(({ deleted }) => !deleted);
const queue = { headers: { prefer: 'respond-async' } };

/** Resolves when it has its answer. */
export async function takeStep(walker: Walker, step: Step): Promise<void> {
  walker.leavesDevices ||= interrupts.includes(step.kind);
  walker.restarts ||= step.kind.startsWith('restart-');
  // Now and then also one that is gone.
  const chosen = at(step.how % 17 === 0 ? walker.sessions : alive(walker), step.which);
  const name = `${step.kind}${chosen ? ` ${walker.sessions.indexOf(chosen)}` : ''}`;
  await (ways[step.kind] ?? ofSession(step.kind))(walker, step, chosen, name);
}

type Way = (walker: Walker, step: Step, session: KnownSession | undefined, name: string) => Promise<unknown>;
type WayOfSession = (walker: Walker, step: Step, session: KnownSession, name: string) => Promise<unknown>;
const ofSession =
  (kind: StepKind): Way =>
  async (walker, step, session, name) => {
    if (session) await waysOfSession[kind]?.(walker, step, session, name);
  };

/** Of the simulated network, which refuses what is not there. */
async function onNetwork(walker: Walker, what: string, act: () => unknown): Promise<boolean> {
  try {
    await act();
    walker.note(what);
    return true;
  } catch (error) {
    walker.note(`${what}: ${String(error)}`);
    if (!(error instanceof SandboxError)) walker.surprises.push(`${what}: ${String(error)}`);
    return false;
  }
}

async function send(walker: Walker, step: Step, { sessionId }: KnownSession, name: string, times = 1) {
  const to = at(recipients, step.how)!;
  const text = `message ${walker.sends.length}`;
  const known: KnownSend = { sessionId, to, text, fate: 'asked' };
  walker.sends.push(known);
  const idempotencyKey = randomUUID();
  const options = { idempotencyKey, ...(step.how % 3 === 0 ? queue : {}) };
  const answers = await Promise.all(
    Array.from({ length: times }, () =>
      ask(walker, `${name} "${text}" to ${to}`, ofSends, () =>
        walker.client.sendMessage({ params: { sessionId }, body: { to, message: text } }, options),
      ),
    ),
  );
  for (const answer of answers) {
    const messageId =
      answer.kind === 'done'
        ? answer.value.messageId
        : answer.kind === 'refused'
          ? (answer.error.details?.messageId as string | undefined)
          : undefined;
    if (messageId !== undefined) {
      if (known.messageId !== undefined && known.messageId !== messageId)
        walker.surprises.push(`${name}: one key, two messages: ${known.messageId} and ${messageId}`);
      known.messageId = messageId;
      known.fate = 'accepted';
    } else if (known.fate === 'asked') known.fate = answer.kind === 'unknown' ? 'unknown' : 'refused';
    else if (answer.kind === 'unknown' && known.fate === 'refused') known.fate = 'unknown';
  }
}

const contactsOf = (how: number, count: number): string[] => [
  ...new Set(
    Array.from(
      { length: count },
      (_, i) =>
        at(
          recipients.filter((to) => to !== logsOut),
          how + 7 * i,
        )!,
    ),
  ),
];

async function campaign(walker: Walker, step: Step, { sessionId }: KnownSession, name: string, isBulk: boolean) {
  const contacts = contactsOf(step.how, 3 + (step.how % 5));
  const message = `campaign ${walker.sends.length}`;
  const pace = { messagesPerMinute: 600, burst: 5, jitter: 0 };
  const asked = await ask<{ campaignId: string }>(
    walker,
    `${name} "${message}" to ${contacts.length}`,
    ofCampaigns,
    () =>
      isBulk
        ? walker.client.bulkSend({ body: { sessionId, contacts, message, delay: 50 } })
        : walker.client.createCampaign({ body: { sessionIds: [sessionId], contacts, message, pace, start: true } }),
  );
  if (asked.kind !== 'done') return;
  const { campaignId } = asked.value;
  walker.campaignIds.push(campaignId);
  for (const to of contacts) walker.sends.push({ sessionId, to, text: message, fate: 'accepted', campaignId });
}

const onCampaign =
  (operation: 'pauseCampaign' | 'resumeCampaign' | 'cancelCampaign'): Way =>
  async (walker, { which }, _session, name) => {
    const campaignId = at(walker.campaignIds, which);
    if (campaignId === undefined) return;
    await ask(walker, name, ofCampaigns, () => walker.client[operation]({ params: { campaignId } }));
  };

const waysOfSession: Partial<Record<StepKind, WayOfSession>> = {
  async link(walker, { how }, { sessionId }, name) {
    const { client, tenant, installation } = walker;
    const shown = await ask(walker, `${name}: code`, ofSessions, () => client.getSessionQr({ params: { sessionId } }));
    if (shown.kind !== 'done' || shown.value.qrCode === null) return;
    const qr = shown.value.qrCode;
    if (how % 5 === 4) await sleep(1_000);
    const phone = at(phones, how)!;
    await onNetwork(walker, `${name}: scan with ${phone}`, () =>
      installation.sandbox.scanQr({ qr, phone, owner: tenant }),
    );
  },
  async 'link-by-code'(walker, { how }, { sessionId }, name) {
    const phone = at(phones, how)!;
    const allowed = [...ofSessions, 'SESSION_ALREADY_CONNECTED', 'SESSION_NOT_CONNECTED'];
    const given = await ask(walker, `${name}: code`, allowed, () =>
      walker.client.requestPairingCode({ params: { sessionId }, body: { phone } }),
    );
    if (given.kind !== 'done') return;
    const { code } = given.value;
    await onNetwork(walker, `${name}: typed on ${phone}`, () =>
      walker.installation.sandbox.enterPairingCode({ phone, code, owner: walker.tenant }),
    );
  },
  rename: (walker, { how }, { sessionId }, name) =>
    ask(walker, name, ofSessions, () =>
      walker.client.updateSession({ params: { sessionId }, body: { name: `renamed ${how}` } }),
    ),
  connect: (walker, _, { sessionId }, name) =>
    ask(walker, name, ofSessions, () => walker.client.connectSession({ params: { sessionId } })),
  disconnect: (walker, _, { sessionId }, name) =>
    ask(walker, name, ofSessions, () => walker.client.disconnectSession({ params: { sessionId } })),
  async delete(walker, _, session, name) {
    const { sessionId } = session;
    session.deleted = true;
    const answer = await ask(walker, name, ofSessions, () => walker.client.deleteSession({ params: { sessionId } }));
    if (answer.kind === 'unknown') session.deleted = false;
  },
  send: (walker, step, session, name) => send(walker, step, session, name),
  'send-twice': (walker, step, session, name) => send(walker, step, session, name, 2),
  async batch(walker, { how }, { sessionId }, name) {
    const messages = contactsOf(how, 4).map((to, i) => ({ to, message: `message ${walker.sends.length + i}` }));
    const known = messages.map(({ to, message }): KnownSend => ({ sessionId, to, text: message, fate: 'asked' }));
    walker.sends.push(...known);
    const answer = await ask(walker, `${name} of ${messages.length}`, ofSends, () =>
      walker.client.sendMessageBatch({ params: { sessionId }, body: { messages } }),
    );
    for (const [index, each] of known.entries()) {
      if (answer.kind !== 'done') each.fate = answer.kind;
      else {
        const row = answer.value.messages[index];
        each.fate = row?.status === 'accepted' ? 'accepted' : 'refused';
        if (row?.messageId !== undefined) each.messageId = row.messageId;
      }
    }
  },
  campaign: (walker, step, session, name) => campaign(walker, step, session, name, false),
  bulk: (walker, step, session, name) => campaign(walker, step, session, name, true),
};

const ways: Partial<Record<StepKind, Way>> = {
  async create(walker, _, __, name) {
    if (alive(walker).length >= maxSessions) return;
    const made = await ask(walker, name, [], () => walker.client.createSession({}));
    if (made.kind === 'done') walker.sessions.push({ sessionId: made.value.sessionId, deleted: false });
  },
  async resend(walker, { which, how }, _session, name) {
    const { data } = await walker.client.listMessages({ query: { status: 'failed', limit: 20 } });
    const failed = at(data, which);
    // The text of a second sending would be that of the first: those of campaigns are counted by text.
    if (!failed || failed.campaignId !== null || failed.to === null || how % 4 === 0) return;
    const known: KnownSend = { sessionId: failed.sessionId, to: failed.to, text: failed.text, fate: 'asked' };
    walker.sends.push(known);
    const allowed = [...ofSends, 'MESSAGE_NOT_RESENDABLE'];
    const answer = await ask(walker, `${name} ${failed.messageId}`, allowed, () =>
      walker.client.resendMessage({ params: { messageId: failed.messageId } }),
    );
    const messageId =
      answer.kind === 'done'
        ? answer.value.messageId
        : answer.kind === 'refused'
          ? (answer.error.details?.messageId as string | undefined)
          : undefined;
    known.fate = messageId !== undefined ? 'accepted' : answer.kind === 'unknown' ? 'unknown' : 'refused';
    if (messageId !== undefined) known.messageId = messageId;
  },
  'pause-campaign': onCampaign('pauseCampaign'),
  'resume-campaign': onCampaign('resumeCampaign'),
  'cancel-campaign': onCampaign('cancelCampaign'),
  async unlink(walker, { which }) {
    const phone = linkedPhone(walker, which);
    if (phone !== undefined)
      await onNetwork(walker, `unlink ${phone}`, () =>
        walker.installation.sandbox.unlink({ phone, owner: walker.tenant }),
      );
  },
  async write(walker, { which, how }) {
    const phone = linkedPhone(walker, which);
    if (phone === undefined) return;
    const from = at(users, how)!;
    const text = `written ${walker.writings.length}`;
    await onNetwork(walker, `${from} writes to ${phone}`, () => {
      const { id } = walker.installation.sandbox.sendMessage({ from, to: phone, text, owner: walker.tenant });
      walker.writings.push({ id, phone, atMs: Date.now() });
    });
  },
  async cut(walker, { which, how }) {
    const phone = linkedPhone(walker, which);
    const code = at(cutCodes, how)!;
    if (phone !== undefined)
      await onNetwork(walker, `cut ${phone} with ${code}`, () =>
        walker.installation.sandbox.disconnect({ phone, code }),
      );
  },
  async fault(walker, { which, how }) {
    const phone = linkedPhone(walker, which);
    if (phone === undefined) return;
    const fault = at(faults, how)!;
    if (fault.kind === 'no-delivery') walker.lossy.add(phone);
    const scope = fault.kind === 'refuse-upgrades' ? {} : { phone };
    await onNetwork(walker, `fault of ${phone}: ${JSON.stringify(fault)}`, () =>
      walker.installation.sandbox.injectFault({ ...fault, ...scope }),
    );
  },
  'clear-faults': (walker) => onNetwork(walker, 'clear faults', () => walker.installation.sandbox.clearFaults()),
  'pause-webhook': (walker, _, __, name) =>
    ask(walker, name, [], () => walker.client.pauseWebhook({ params: { webhookId: walker.webhookId } })),
  'resume-webhook': (walker, _, __, name) =>
    ask(walker, name, [], () => walker.client.resumeWebhook({ params: { webhookId: walker.webhookId } })),
  async 'fail-receiver'(walker) {
    walker.note('the receiver fails');
    walker.installation.receiver.answer = { status: 500, body: 'broken' };
  },
  async 'heal-receiver'(walker) {
    walker.note('the receiver works');
    walker.installation.receiver.answer = { status: 200, body: 'seen' };
  },
  async 'kill-engine'(walker, _, __, name) {
    walker.note(name);
    await walker.installation.replace('session-engine', 'SIGKILL');
  },
  async 'stop-engine'(walker, _, __, name) {
    walker.note(name);
    await walker.installation.replace('session-engine', 'SIGTERM');
  },
  async 'kill-other'(walker, { which, how }) {
    const target = at(others, which)!;
    const signal = how % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
    walker.note(`${signal} to ${target}`);
    await walker.installation.replace(target, signal);
  },
  async 'restart-bus'(walker, _, __, name) {
    walker.note(name);
    await walker.installation.restart('bus');
  },
  async 'restart-database'(walker, _, __, name) {
    walker.note(name);
    await walker.installation.restart('database');
  },
  rest: (_, { how }) => sleep(200 + 2 * (how % 1_000)),
};

const linkedPhone = ({ installation, tenant }: Walker, which: number): string | undefined =>
  at(installation.sandbox.linkedPhones(tenant), which)?.phone;
