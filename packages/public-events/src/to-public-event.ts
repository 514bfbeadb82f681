import {
  type AnyEvent,
  addressOf,
  type CampaignEvent,
  type MessageEvent,
  type PublicEvent,
  type SessionEvent,
  type WebhookEvent,
} from '@wam/contracts';
import { disconnectReason, restrictionReason } from './disconnect-reason.ts';
import { failureText } from './failure-text.ts';
import type { OpenMessage } from './open-message.ts';

/** Schema versions above 1 need an upcaster here first. */
const currentVersion = 1;

/**
 * What the owner of the account sees of a stored event; undefined for what is internal, or of a release after this one. Pure.
 * A QR code is not in the log: `qrCode` is null, for a door to fill in while the code is valid.
 */
export function toPublicEvent(event: AnyEvent, open: OpenMessage): PublicEvent | undefined {
  if (event.v !== currentVersion) return undefined;
  const known = event as CustomerEvent;
  const described = describe(known, open);
  if (described === undefined) return undefined;
  const { sessionId } = described.data;
  return {
    id: event.id,
    type: described.type,
    timestamp: event.at,
    ...(sessionId === undefined ? {} : { sessionId }),
    data: described.data,
  } as PublicEvent;
}

/**
 * Without those of the account: registered, plan, pool, tokens and keys. They steer the platform, which ends connections by them, and whoever may
 * read messages need not see who logs in or makes keys: that is in the audit log.
 */
type CustomerEvent = SessionEvent | MessageEvent | CampaignEvent | WebhookEvent;
type Described = Pick<PublicEvent, 'type' | 'data'>;

function describe(event: CustomerEvent, open: OpenMessage): Described | undefined {
  switch (event.type) {
    case 'SessionCreated': {
      const { sessionId, name, network, metadata } = event.data;
      return {
        type: 'session.created',
        data: { sessionId, name, network, ...(metadata === undefined ? {} : { metadata }) },
      };
    }
    case 'SessionDescribed':
      return { type: 'session.updated', data: event.data };
    case 'SessionConnecting':
      return { type: 'session.connecting', data: event.data };
    case 'SessionQrIssued':
      return { type: 'session.qr', data: { ...event.data, qrCode: null } };
    case 'SessionPaired':
      return { type: 'session.paired', data: event.data };
    case 'SessionConnected':
      return { type: 'session.connected', data: event.data };
    case 'SessionReconnecting': {
      const { sessionId, cause, attempt, delayMs } = event.data;
      return { type: 'session.reconnecting', data: { sessionId, ...why(cause), attempt, delayMs } };
    }
    case 'SessionDisconnected':
      return {
        type: 'session.disconnected',
        data: { sessionId: event.data.sessionId, ...why(event.data.cause) },
      };
    case 'SessionFailed':
      return { type: 'session.failed', data: { sessionId: event.data.sessionId, ...why(event.data.cause) } };
    case 'SessionRestricted':
      return { type: 'session.restricted', data: { ...event.data, reason: restrictionReason } };
    case 'SessionUnrestricted':
      return { type: 'session.unrestricted', data: event.data };
    case 'SessionDeleted':
      return { type: 'session.deleted', data: event.data };
    case 'SessionMoved':
      // Which process serves it is the operator's matter.
      return undefined;
    case 'MessageAccepted':
      // Whoever sent it has the answer of the API; everybody else learns what becomes of it.
      return undefined;
    case 'MessageSent':
      return status(event, 'sent');
    case 'MessageDelivered':
      return status(event, 'delivered');
    case 'MessageRead':
      return status(event, 'read');
    case 'MessageFailed': {
      const { code, reason } = event.data;
      const opened = open(event, event.data.sealed);
      const to = opened === undefined ? null : addressOf(opened);
      return status(event, 'failed', { to, code, reason: failureText(code, reason) });
    }
    case 'MessageReceived':
      return received(event, open);
    case 'CampaignStarted': {
      const { campaignId, sessionId, total } = event.data;
      return {
        type: 'campaign.progress',
        data: { sessionId, campaignId, status: 'running', total, sent: 0, failed: 0 },
      };
    }
    case 'CampaignProgressed':
    case 'CampaignRetried': {
      const { status = 'running', code, message: reason } = event.data;
      const why = code === undefined || reason === undefined ? {} : { code, reason };
      return { type: 'campaign.progress', data: { ...progressOf(event.data), status, ...why } };
    }
    case 'CampaignResumed':
      return { type: 'campaign.progress', data: { ...progressOf(event.data), status: 'running' } };
    case 'CampaignPaused': {
      const { code, message: reason } = event.data;
      return { type: 'campaign.progress', data: { ...progressOf(event.data), status: 'paused', code, reason } };
    }
    case 'CampaignCancelled':
      return { type: 'campaign.progress', data: { ...progressOf(event.data), status: 'cancelled' } };
    case 'CampaignCompleted': {
      const { sent, failed, optedOut = 0 } = event.data;
      return {
        type: 'campaign.progress',
        data: { ...event.data, status: 'completed', total: sent + failed + optedOut },
      };
    }
    case 'CampaignScheduled':
      return { type: 'campaign.scheduled', data: event.data };
    case 'CampaignCreated':
    case 'RecipientsAdded':
      // A draft may never be sent; whoever prepares it has the answers of the API.
      return undefined;
    case 'WebhookDisabled':
      return { type: 'webhook.disabled', data: event.data };
    default:
      event satisfies never;
      return undefined;
  }
}

type CampaignProgress = Extract<CampaignEvent, { type: 'CampaignProgressed' }>['data'];

const progressOf = ({ sessionId, campaignId, total, sent, failed, optedOut }: CampaignProgress) => ({
  ...(sessionId === undefined ? {} : { sessionId }),
  campaignId,
  total,
  sent,
  failed,
  optedOut,
});

const why = (cause: keyof typeof disconnectReason) => ({ reason: disconnectReason[cause], cause });

type StatusOf = Extract<PublicEvent, { type: 'message.status' }>['data'];

function status(
  { data }: Extract<MessageEvent, { data: { waMessageId: string } }>,
  reached: StatusOf['status'],
  failure: Pick<StatusOf, 'to' | 'code' | 'reason'> = {},
): Described {
  const { sessionId, messageId } = data;
  const campaign = 'campaignId' in data && data.campaignId !== undefined ? { campaignId: data.campaignId } : {};
  return { type: 'message.status', data: { sessionId, messageId, status: reached, ...campaign, ...failure } };
}

function received(event: Extract<MessageEvent, { type: 'MessageReceived' }>, open: OpenMessage): Described {
  const { sealed, media, ...data } = event.data;
  const opened = open(event, sealed);
  const { phone: _, text, pushName, fileName, ...content } = opened ?? {};
  return {
    type: 'message.received',
    data: {
      ...data,
      from: opened === undefined ? null : addressOf(opened),
      text: text ?? null,
      ...(pushName === undefined ? {} : { name: pushName }),
      ...content,
      ...(media === undefined ? {} : { media: { ...media, ...(fileName === undefined ? {} : { fileName }) } }),
    },
  };
}
