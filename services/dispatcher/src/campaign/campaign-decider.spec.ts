import { specifyDecider } from '@wam/event-store/testing';
import { describe, it } from 'vitest';
import { type CampaignFact, campaignDecider, requested } from './campaign-decider.ts';

const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const sessionIds = ['550e8400-e29b-41d4-a716-446655440000', '550e8400-e29b-41d4-a716-446655440001'];
const startAt = '2026-01-05T09:00:00.000Z';
const progress = { sessionId: sessionIds[0]!, total: 3, pending: 2, sent: 1, failed: 0, optedOut: 0 };

const created = (total: number): CampaignFact => ({
  type: 'CampaignCreated',
  data: { campaignId, name: 'Sale', total },
});
const scheduled: CampaignFact = { type: 'CampaignScheduled', data: { campaignId, startAt } };
const started: CampaignFact = {
  type: 'CampaignStarted',
  data: { campaignId, sessionId: sessionIds[0]!, total: 3, delayMs: 2000, sessionIds },
};
const paused: CampaignFact = { type: 'CampaignPaused', data: { campaignId, ...requested, ...progress } };
const resumed: CampaignFact = { type: 'CampaignResumed', data: { campaignId, ...progress } };
const cancelled: CampaignFact = {
  type: 'CampaignCancelled',
  data: { campaignId, ...progress, pending: 1, cancelled: 1 },
};
const completed: CampaignFact = {
  type: 'CampaignCompleted',
  data: { campaignId, sessionId: sessionIds[0]!, sent: 2, failed: 1, optedOut: 0 },
};
const start = { type: 'Start', campaignId, startAt: undefined, begins: true, sessionIds, delayMs: 2000 } as const;
const pause = { type: 'Pause', campaignId, reason: requested, progress } as const;
const { given } = specifyDecider(campaignDecider);
const notRepeatable = specifyDecider(campaignDecider, { repeatable: false });

describe('A campaign', () => {
  it('is a draft at first, and takes recipients', () => {
    given().when({ type: 'Create', campaignId, name: 'Sale', total: 3 }).thenEvents(created(3));
    notRepeatable
      .given(created(3))
      .when({ type: 'AddRecipients', campaignId, added: 4, bad: 1, duplicates: 2, optedOut: 1 })
      .thenEvents({
        type: 'RecipientsAdded',
        data: { campaignId, added: 4, bad: 1, duplicates: 2, optedOut: 1, total: 7 },
      });
  });
  it('takes no recipients once it has been started', () => {
    given(created(3), started)
      .when({ type: 'AddRecipients', campaignId, added: 1, bad: 0, duplicates: 0, optedOut: 0 })
      .thenRejected('CAMPAIGN_STATE');
  });
  it('without recipients cannot be started', () => {
    given(created(0)).when(start).thenRejected('CAMPAIGN_EMPTY');
  });
  it('starts at once, or waits for its time and starts then', () => {
    given(created(3)).when(start).thenEvents(started);
    given(created(3))
      .when({ ...start, startAt, begins: false })
      .thenEvents(scheduled);
    given(created(3), scheduled)
      .when({ ...start, startAt })
      .thenEvents(started);
  });
  it('can be paused and resumed any number of times', () => {
    given(created(3), started).when(pause).thenEvents(paused);
    given(created(3), started, paused).when({ type: 'Resume', campaignId, progress }).thenEvents(resumed);
    given(created(3), started, paused, resumed).when(pause).thenEvents(paused);
    given(created(3)).when(pause).thenRejected('CAMPAIGN_STATE');
    given(created(3), completed).when({ type: 'Resume', campaignId, progress }).thenRejected('CAMPAIGN_STATE');
  });
  it('that was paused before its time waits for it again', () => {
    given(created(3), scheduled, paused).when({ type: 'Resume', campaignId, progress }).thenEvents(scheduled);
    given(created(3), scheduled, paused, scheduled)
      .when({ ...start, startAt })
      .thenEvents(started);
    given(created(3), scheduled, started, paused).when({ type: 'Resume', campaignId, progress }).thenEvents(resumed);
  });
  it('that is cancelled stays so', () => {
    given(created(3), started).when({ type: 'Cancel', campaignId, progress, queued: 1 }).thenEvents(cancelled);
    given(created(3), started, cancelled).when(start).thenRejected('CAMPAIGN_STATE');
    given(created(3), started, cancelled).when({ type: 'Resume', campaignId, progress }).thenRejected('CAMPAIGN_STATE');
    given(created(3), started, cancelled).when({ type: 'Complete', campaignId, progress }).thenNothing();
  });
  it('completes once, also when its last outcome comes while it is paused', () => {
    const last = { sessionId: sessionIds[0]!, total: 3, pending: 0, sent: 2, failed: 1, optedOut: 0 };
    given(created(3), started).when({ type: 'Complete', campaignId, progress: last }).thenEvents(completed);
    given(created(3), started, paused).when({ type: 'Complete', campaignId, progress: last }).thenEvents(completed);
    given(created(3), started, completed).when({ type: 'Complete', campaignId, progress: last }).thenNothing();
  });
  it('is running again when its failed recipients are retried', () => {
    const before = { ...progress, pending: 0, sent: 2, failed: 1 };
    notRepeatable
      .given(created(3), started, completed)
      .when({ type: 'Retry', campaignId, progress: before })
      .thenEvents({
        type: 'CampaignRetried',
        data: { campaignId, ...before, pending: 1, failed: 0, recipients: 1 },
      });
    given(created(3), started, completed).when({ type: 'Retry', campaignId, progress }).thenRejected('CAMPAIGN_EMPTY');
    given(created(3)).when({ type: 'Retry', campaignId, progress: before }).thenRejected('CAMPAIGN_STATE');
  });
  it('tells of progress while it runs, and of what was under way when it was paused or cancelled', () => {
    const progressed = (standing: object): CampaignFact => ({
      type: 'CampaignProgressed',
      data: { campaignId, ...progress, ...standing },
    });
    const note = { type: 'NoteProgress', campaignId, progress } as const;
    const { code, message } = paused.data as { code: string; message: string };
    notRepeatable.given(created(3), started).when(note).thenEvents(progressed({}));
    notRepeatable
      .given(created(3), started, paused)
      .when(note)
      .thenEvents(progressed({ status: 'paused', code, message }));
    notRepeatable
      .given(created(3), started, cancelled)
      .when(note)
      .thenEvents(progressed({ status: 'cancelled' }));
    given(created(3), started, completed).when(note).thenNothing();
  });
});
