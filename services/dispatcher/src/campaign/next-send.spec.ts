import { describe, expect, it } from 'vitest';
import { nextSendAt, type WaitingCampaign, type WaitingSender } from './next-send.ts';

const at = (time: string): Date => new Date(`2026-01-15T${time}Z`);
const now = at('10:00:00');
const sender = (more: Partial<WaitingSender> = {}): WaitingSender => ({
  dueAt: at('10:00:20'),
  laneDueAt: at('10:00:05'),
  status: 'connected',
  restricted: false,
  restrictedUntil: null,
  ...more,
});
const next = (more: Partial<WaitingCampaign> = {}) =>
  nextSendAt(now, {
    ...{ status: 'running', reasonCode: null, startAt: undefined, hours: undefined, open: 3, senders: [sender()] },
    ...more,
  });
const evenings = { timeZone: 'Asia/Kolkata', between: { from: '18:00', to: '20:00' }, days: undefined };

describe('the next message of a campaign', () => {
  it('leaves when the first of its sessions is due, by its own pace and by that of the session', () => {
    expect(next()).toEqual(at('10:00:20'));
    expect(next({ senders: [sender(), sender({ dueAt: at('09:00:00'), laneDueAt: at('10:00:07') })] })).toEqual(
      at('10:00:07'),
    );
    expect(next({ senders: [sender({ dueAt: at('09:00:00'), laneDueAt: null })] })).toEqual(now);
  });

  it('waits for the sending hours, whatever is due', () => {
    expect(next({ hours: evenings })).toEqual(at('12:30:00'));
    expect(next({ hours: evenings, senders: [sender({ dueAt: at('13:00:00') })] })).toEqual(at('13:00:00'));
  });

  it('of a scheduled campaign leaves at its start, or when the hours after it begin', () => {
    const scheduled = { status: 'scheduled', startAt: '2026-01-15T11:00:00.000Z', senders: [] } as const;
    expect(next(scheduled)).toEqual(at('11:00:00'));
    expect(next({ ...scheduled, hours: evenings })).toEqual(at('12:30:00'));
  });

  it('waits for the first restriction to end, unless another session can send', () => {
    const restricted = sender({ restricted: true, restrictedUntil: at('18:00:00') });
    const longer = sender({ restricted: true, restrictedUntil: at('23:00:00') });
    expect(next({ senders: [longer, restricted] })).toEqual(at('18:00:00'));
    expect(next({ senders: [restricted, sender()] })).toEqual(at('10:00:20'));
    const senders = [{ ...restricted, dueAt: null }, sender({ dueAt: null })];
    expect(next({ status: 'paused', reasonCode: 'SESSION_RESTRICTED', senders })).toEqual(at('18:00:00'));
  });

  it('is nobody knows when: paused by a person, without a connection, nothing left, not begun or over', () => {
    expect(next({ status: 'paused', reasonCode: 'PAUSED_ON_REQUEST' })).toBeUndefined();
    expect(next({ senders: [sender({ status: 'reconnecting' })] })).toBeUndefined();
    expect(next({ open: 0 })).toBeUndefined();
    for (const status of ['draft', 'completed', 'cancelled'] as const) expect(next({ status })).toBeUndefined();
  });
});
