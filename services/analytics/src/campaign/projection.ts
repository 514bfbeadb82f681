/**
 * One row per campaign, folded from `evt.campaign.>`: where it stands and what has become of its recipients. Its events carry whole figures, not
 * changes of them, and are numbered: what comes again or too late is older than the row and changes nothing.
 */
import type { CampaignEvent, CampaignStatus } from '@wam/contracts';
import { storableText } from '../storable-text.ts';

export interface CampaignRow {
  tenant: string;
  campaignId: string;
  /** Of the last event in the row. */
  version: number;
  name: string;
  status: CampaignStatus;
  /** Why it is paused; from the error catalogue. */
  reasonCode: string | null;
  reasonMessage: string | null;
  total: number;
  pending: number;
  sent: number;
  failed: number;
  optedOut: number;
  cancelled: number;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  updatedAt: string;
}

export function evolve(row: CampaignRow | undefined, event: CampaignEvent): CampaignRow {
  const known = row ?? unseen(event);
  if (row !== undefined && event.version <= row.version) return row;
  return { ...known, ...changeOf(known, event), version: event.version, updatedAt: event.at };
}

function changeOf(row: CampaignRow, { at, ...event }: CampaignEvent): Partial<CampaignRow> {
  const going = { reasonCode: null, reasonMessage: null };
  switch (event.type) {
    case 'CampaignCreated':
      return { name: storableText(event.data.name), total: event.data.total, pending: event.data.total };
    case 'RecipientsAdded':
      return { total: event.data.total, pending: row.pending + event.data.added };
    case 'CampaignScheduled':
      return { ...going, status: 'scheduled' };
    case 'CampaignStarted': {
      const pending = row.startedAt === null ? event.data.total : row.pending;
      return { ...going, status: 'running', total: event.data.total, pending, startedAt: row.startedAt ?? at };
    }
    case 'CampaignProgressed':
      return figuresOf(event.data);
    case 'CampaignPaused': {
      const { code, message } = event.data;
      return {
        ...figuresOf(event.data),
        status: 'paused',
        reasonCode: storableText(code),
        reasonMessage: storableText(message),
      };
    }
    case 'CampaignResumed':
      return { ...figuresOf(event.data), ...going, status: 'running' };
    case 'CampaignCancelled':
      return { ...figuresOf(event.data), ...going, status: 'cancelled', cancelled: event.data.cancelled };
    case 'CampaignRetried':
      return {
        ...figuresOf(event.data),
        status: row.status === 'paused' ? 'paused' : 'running',
        completedAt: null,
      };
    case 'CampaignCompleted': {
      const { sent, failed, optedOut = row.optedOut } = event.data;
      return { ...going, status: 'completed', pending: 0, sent, failed, optedOut, completedAt: at };
    }
    default:
      return event satisfies never;
  }
}

type Figures = Pick<CampaignRow, 'total' | 'pending' | 'sent' | 'failed' | 'optedOut'>;
const figuresOf = ({ total, pending, sent, failed, optedOut }: Figures): Figures => ({
  total,
  pending,
  sent,
  failed,
  optedOut,
});

/** A bulk send begins with its start and has no name. */
const unseen = ({ tenant, at, data }: CampaignEvent): CampaignRow => ({
  tenant,
  campaignId: data.campaignId,
  version: 0,
  name: '',
  status: 'draft',
  reasonCode: null,
  reasonMessage: null,
  total: 0,
  pending: 0,
  sent: 0,
  failed: 0,
  optedOut: 0,
  cancelled: 0,
  createdAt: at,
  startedAt: null,
  completedAt: null,
  updatedAt: at,
});
