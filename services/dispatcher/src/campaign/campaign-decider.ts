/** The rules of a campaign: what may be done to it when, and what happened then. Pure. */
import { type CampaignEvent, type CampaignStatus, type Rejection, reject } from '@wam/contracts';
import type { Decider, Fact } from '@wam/event-store';

export type CampaignFact = Fact<CampaignEvent>;

export interface Progress {
  sessionId?: string;
  total: number;
  pending: number;
  sent: number;
  failed: number;
  optedOut: number;
}
export interface Reason {
  code: string;
  message: string;
}
export const requested: Reason = { code: 'PAUSED_ON_REQUEST', message: 'Paused on request' };

export interface CampaignState {
  status: CampaignStatus | 'absent';
  /** Recipients there are. */
  total: number;
  reason: Reason | undefined;
  startAt: string | undefined;
  hasStarted: boolean;
}

interface Addressed {
  campaignId: string;
}
export type CampaignCommand = Addressed &
  (
    | { type: 'Create'; name: string; total: number }
    | { type: 'AddRecipients'; added: number; bad: number; duplicates: number; optedOut: number }
    /** `begins`: its time has come; otherwise it waits until `startAt`. */
    | { type: 'Start'; startAt: string | undefined; begins: boolean; sessionIds: readonly string[]; delayMs: number }
    | { type: 'Pause'; reason: Reason; progress: Progress }
    | { type: 'Resume'; progress: Progress }
    /** `queued`: those that its sessions were given already; they are still sent. */
    | { type: 'Cancel'; progress: Progress; queued: number }
    | { type: 'Retry'; progress: Progress }
    | { type: 'NoteProgress'; progress: Progress }
    | { type: 'Complete'; progress: Progress }
  );

function decide(command: CampaignCommand, state: CampaignState): readonly CampaignFact[] | Rejection {
  const { campaignId } = command;
  switch (command.type) {
    case 'Create':
      if (state.status !== 'absent') return [];
      return [{ type: 'CampaignCreated', data: { campaignId, name: command.name, total: command.total } }];
    case 'AddRecipients': {
      if (state.status !== 'draft') return refused(state, 'Only a draft takes recipients');
      const { added, bad, duplicates, optedOut } = command;
      const total = state.total + added;
      return [{ type: 'RecipientsAdded', data: { campaignId, added, bad, duplicates, optedOut, total } }];
    }
    case 'Start':
      return start(command, state);
    case 'Pause':
      if (state.status === 'paused') return [];
      if (state.status !== 'running' && state.status !== 'scheduled') return refused(state, 'It cannot be paused');
      return [{ type: 'CampaignPaused', data: { campaignId, ...command.reason, ...command.progress } }];
    case 'Resume':
      if (state.status === 'running' || state.status === 'scheduled') return [];
      if (state.status !== 'paused') return refused(state, 'Only a paused campaign can be resumed');
      // It waits for its time again, which may have come meanwhile: then it starts at once, as it would have.
      if (!state.hasStarted && state.startAt !== undefined)
        return [{ type: 'CampaignScheduled', data: { campaignId, startAt: state.startAt } }];
      return [{ type: 'CampaignResumed', data: { campaignId, ...command.progress } }];
    case 'Cancel':
      if (state.status === 'cancelled') return [];
      if (state.status === 'completed' || state.status === 'absent') return refused(state, 'It cannot be cancelled');
      return [
        {
          type: 'CampaignCancelled',
          data: {
            campaignId,
            ...command.progress,
            pending: command.queued,
            cancelled: command.progress.pending - command.queued,
          },
        },
      ];
    case 'Retry':
      if (state.status !== 'completed' && state.status !== 'running' && state.status !== 'paused') {
        return refused(state, 'Failed recipients are retried when a campaign runs, is paused or is completed');
      }
      return retry(command, state);
    case 'NoteProgress':
      return state.status === 'running' || state.status === 'paused' || state.status === 'cancelled'
        ? [{ type: 'CampaignProgressed', data: { campaignId, ...command.progress, ...standingOf(state) } }]
        : [];
    case 'Complete': {
      if (state.status !== 'running' && state.status !== 'paused') return [];
      const { sessionId, sent, failed, optedOut } = command.progress;
      const data = { campaignId, ...(sessionId !== undefined && { sessionId }), sent, failed, optedOut };
      return [{ type: 'CampaignCompleted', data }];
    }
    default:
      return command satisfies never;
  }
}

function start(
  command: Extract<CampaignCommand, { type: 'Start' }>,
  state: CampaignState,
): readonly CampaignFact[] | Rejection {
  const { campaignId, startAt, sessionIds, delayMs } = command;
  if (state.status === 'running') return [];
  // A bulk send starts without having been a draft.
  const startable = state.status === 'draft' || state.status === 'scheduled' || state.status === 'absent';
  if (!startable) return refused(state, 'It cannot be started');
  if (state.total === 0) return reject('CAMPAIGN_EMPTY');
  if (!command.begins && startAt !== undefined) {
    return state.status === 'scheduled' && state.startAt === startAt
      ? []
      : [{ type: 'CampaignScheduled', data: { campaignId, startAt } }];
  }
  return [
    {
      type: 'CampaignStarted',
      data: { campaignId, sessionId: sessionIds[0]!, total: state.total, delayMs, sessionIds: [...sessionIds] },
    },
  ];
}

/** Said where it does not run: else whoever reads the figures would take it for running. */
function standingOf({ status, reason }: CampaignState) {
  return status === 'paused' || status === 'cancelled' ? { status, ...reason } : {};
}

function retry(
  { campaignId, progress }: Extract<CampaignCommand, { type: 'Retry' }>,
  state: CampaignState,
): CampaignFact[] | Rejection {
  const { failed: recipients, pending } = progress;
  if (recipients === 0) return reject('CAMPAIGN_EMPTY', { message: 'No recipient of the campaign failed' });
  const after = { ...progress, failed: 0, pending: pending + recipients };
  return [{ type: 'CampaignRetried', data: { campaignId, ...after, recipients, ...standingOf(state) } }];
}

const refused = ({ status }: CampaignState, why: string): Rejection =>
  reject('CAMPAIGN_STATE', { message: `${why}; this one is ${status}`, details: { status } });

function evolve(state: CampaignState, event: CampaignFact): CampaignState {
  switch (event.type) {
    case 'CampaignCreated':
      return { ...state, status: 'draft', total: event.data.total };
    case 'RecipientsAdded':
      return { ...state, total: event.data.total };
    case 'CampaignScheduled':
      return { ...state, status: 'scheduled', startAt: event.data.startAt, reason: undefined };
    case 'CampaignStarted':
      return { ...state, status: 'running', total: event.data.total, hasStarted: true };
    case 'CampaignProgressed':
      return state;
    case 'CampaignPaused':
      return { ...state, status: 'paused', reason: { code: event.data.code, message: event.data.message } };
    case 'CampaignResumed':
      return { ...state, status: 'running', reason: undefined };
    case 'CampaignCancelled':
      return { ...state, status: 'cancelled', reason: undefined };
    case 'CampaignRetried':
      return { ...state, status: state.status === 'paused' ? 'paused' : 'running' };
    case 'CampaignCompleted':
      return { ...state, status: 'completed', reason: undefined };
    default:
      return event satisfies never;
  }
}

export const campaignDecider: Decider<CampaignState, CampaignCommand, CampaignFact> = {
  initialState: () => ({ status: 'absent', total: 0, reason: undefined, startAt: undefined, hasStarted: false }),
  decide,
  evolve,
};
