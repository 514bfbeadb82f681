import type { CampaignEvent } from '@wam/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve as evolveMessage, type MessageRow } from '../message/projection.ts';
import { campaignEvent, campaignIdOf, campaignLife, disturbed, messageScript } from '../testing/histories.ts';
import { countPerCampaign } from './messages-projection.ts';
import { type CampaignRow, evolve } from './projection.ts';

const fold = (...events: CampaignEvent[]): CampaignRow | undefined =>
  events.reduce<CampaignRow | undefined>((row, event) => evolve(row, event), undefined);
const ref = { campaignId: campaignIdOf(0) };
const figures = { total: 10, pending: 6, sent: 3, failed: 1, optedOut: 0 };
const created = campaignEvent(1, 'CampaignCreated', { ...ref, name: 'Sale', total: 0 });
const added = campaignEvent(2, 'RecipientsAdded', { ...ref, added: 10, bad: 1, duplicates: 2, optedOut: 0, total: 10 });
const started = campaignEvent(3, 'CampaignStarted', { ...ref, sessionId: 's', total: 10, delayMs: 2000 });
const paused = campaignEvent(4, 'CampaignPaused', { ...ref, ...figures, code: 'C', message: 'why' });

describe('a campaign', () => {
  it('is a draft that grows, then runs with all of its recipients pending', () => {
    expect(fold(created, added)).toMatchObject({ name: 'Sale', status: 'draft', total: 10, pending: 10 });
    expect(fold(created, added, started)).toMatchObject({ status: 'running', startedAt: started.at, pending: 10 });
  });

  it('of a bulk send begins with its start', () => {
    expect(fold(started)).toMatchObject({ status: 'running', name: '', total: 10, pending: 10 });
  });

  it('tells why it is paused until it goes on', () => {
    expect(fold(created, added, started, paused)).toMatchObject({
      ...figures,
      status: 'paused',
      reasonCode: 'C',
      reasonMessage: 'why',
    });
    const resumed = campaignEvent(5, 'CampaignResumed', { ...ref, ...figures });
    expect(fold(created, added, started, paused, resumed)).toMatchObject({ status: 'running', reasonCode: null });
  });

  it('that is completed and tried again is not completed any more, and began when it began first', () => {
    const completed = campaignEvent(5, 'CampaignCompleted', { ...ref, sent: 8, failed: 2, optedOut: 0 });
    expect(fold(started, completed)).toMatchObject({ status: 'completed', pending: 0, sent: 8, failed: 2 });
    const again = { ...figures, pending: 2, sent: 8, failed: 0 };
    const retried = campaignEvent(6, 'CampaignRetried', { ...ref, ...again, recipients: 2 });
    expect(fold(started, completed, retried)).toMatchObject({
      ...again,
      status: 'running',
      completedAt: null,
      startedAt: started.at,
    });
  });

  it('that is cancelled keeps apart what was left out', () => {
    const cancelled = campaignEvent(4, 'CampaignCancelled', { ...ref, ...figures, pending: 1, cancelled: 5 });
    expect(fold(started, cancelled)).toMatchObject({ status: 'cancelled', pending: 1, cancelled: 5 });
  });

  it('ends in the same row however often its events come again', () => {
    const life = campaignLife(0);
    const once = fold(...life);
    fc.assert(
      fc.property(fc.array(fc.nat(life.length - 1)), (repeats) => {
        const events = repeats.flatMap((at) => life.slice(0, at + 1));
        expect(fold(...events, ...life)).toEqual(once);
      }),
    );
  });
});

describe('the messages of campaigns', () => {
  it('are counted once, in whatever order and how often their events come', () => {
    const scripts = fc.tuple(...Array.from({ length: 8 }, (_, i) => messageScript(i)));
    fc.assert(
      fc.property(
        scripts.chain((all) => fc.tuple(fc.constant(all), disturbed(all.flatMap(({ ordered }) => ordered)))),
        ([all, events]) => {
          const rows = new Map<string, MessageRow>();
          const sums = new Map<string, number>();
          for (const event of events) {
            const before = rows.get(event.data.messageId);
            const after = evolveMessage(before, event, () => undefined);
            rows.set(event.data.messageId, after);
            for (const { campaignId, sent, delivered, read, failed } of countPerCampaign([{ before, after }]))
              for (const [name, count] of Object.entries({ sent, delivered, read, failed }))
                sums.set(`${campaignId} ${name}`, (sums.get(`${campaignId} ${name}`) ?? 0) + count);
          }
          const of = (status: (row: MessageRow) => boolean, campaignId: string) =>
            [...rows.values()].filter((row) => row.campaignId === campaignId && status(row)).length;
          for (const campaignId of new Set(all.map(({ campaignId: id }) => id).filter((id) => id !== undefined))) {
            expect(sums.get(`${campaignId} read`) ?? 0).toBe(of(({ status }) => status === 'read', campaignId));
            expect(sums.get(`${campaignId} failed`) ?? 0).toBe(of(({ status }) => status === 'failed', campaignId));
          }
        },
      ),
    );
  });
});
