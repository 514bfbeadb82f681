/** What the gateway counts: rate, errors and duration of each operation; who follows the feed, and how late events reach them. */
import { defineCounter, defineGauge, defineHistogram } from '@wam/service-kit';

const requests = defineCounter({
  name: 'wam_http_requests_total',
  help: 'Answers by operation and HTTP status; operation is none for what no operation takes',
  labels: ['operation', 'status'],
});
const durations = defineHistogram({
  name: 'wam_http_request_duration_seconds',
  help: 'Time from the request to the end of its answer',
  labels: ['operation'],
});

export function answered(operation: string, status: number, elapsedMs: number): void {
  requests.add({ operation, status: String(status) });
  durations.observe({ operation }, elapsedMs / 1000);
}

/** How the feed is followed. `poll` is a request that is held until there is something. */
export type DoorName = 'ws' | 'socketio' | 'sse' | 'poll';

export const realtimeConnections = defineGauge<'door'>({
  name: 'wam_realtime_connections',
  help: 'Open sockets, event streams and held requests that follow the feed, by door',
  labels: ['door'],
});
const cuts = defineCounter({
  name: 'wam_feed_cut_total',
  help: 'Followers that were cut since they did not read fast enough (close code 4008), by door',
  labels: ['door'],
});
const feedLag = defineHistogram({
  name: 'wam_feed_lag_seconds',
  help: 'From when an event happened until it is handed to its followers here',
});

const countedAlone = defineCounter({
  name: 'wam_rate_limits_counted_alone_total',
  help: 'Requests that this gateway counted for itself since Redis did not answer in REDIS_TIMEOUT, or was not connected',
});

export const countedAloneNow = (): void => countedAlone.add({});
export const slowReaderCut = (door: DoorName): void => cuts.add({ door });
export const handedToFollowers = (elapsedMs: number): void => feedLag.observe({}, Math.max(0, elapsedMs) / 1000);
