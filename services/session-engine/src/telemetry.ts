/** What the engine counts: one function per fact of the business. */
import { defineCounter, defineGauge, defineHistogram } from '@wam/service-kit';

const commandLag = defineHistogram({
  name: 'wam_command_lag_seconds',
  help: 'Age of a send command when the engine has accepted it',
});
const ended = defineCounter({
  name: 'wam_messages_total',
  help: 'Messages by their end; code is of the error catalogue, none for sent ones',
  labels: ['outcome', 'code'],
});
const acceptedToSent = defineHistogram({
  name: 'wam_message_accepted_to_sent_seconds',
  help: "Time from a message's acceptance to WhatsApp's acknowledgement",
});
const receipts = defineCounter({
  name: 'wam_receipts_total',
  help: 'Receipts by kind, repeated ones included',
  labels: ['kind'],
});
const dead = defineCounter({
  name: 'wam_dead_letters_total',
  help: 'Commands that nobody can carry out, moved to the dead letters',
});
const received = defineCounter({ name: 'wam_messages_received_total', help: 'Messages that sessions received' });

/** Sessions this process serves. */
export const sessionsByStatus = defineGauge({
  name: 'wam_sessions',
  help: 'Sessions that this process serves, by status',
  labels: ['pool', 'status'],
});

/** Beside the owned ones it tells how many nobody owns. */
export const partitionsOfPool = defineGauge({
  name: 'wam_partitions',
  help: 'Partitions that the pool of this process has',
  labels: ['pool'],
});

/** Sum over all processes: every partition once, or nobody serves it. */
export const partitionEpochs = defineGauge({
  name: 'wam_partition_epoch',
  help: 'Epoch of each partition that this process owns',
  labels: ['pool', 'partition'],
});

export function commandAccepted(ageMs: number): void {
  commandLag.observe({}, Math.max(0, ageMs) / 1000);
}
export function messageSent(elapsedMs: number): void {
  ended.add({ outcome: 'sent', code: 'none' });
  acceptedToSent.observe({}, Math.max(0, elapsedMs) / 1000);
}
export function messageFailed(code: string): void {
  ended.add({ outcome: 'failed', code });
}
export function receiptsCame(kind: 'delivered' | 'read', count: number): void {
  receipts.add({ kind }, count);
}
export function commandBuried(): void {
  dead.add({});
}
export function messagesReceived(count: number): void {
  received.add({}, count);
}
