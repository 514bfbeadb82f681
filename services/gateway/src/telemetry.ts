/** What the gateway counts: rate, errors and duration of each operation. */
import { defineCounter, defineHistogram } from '@wam/service-kit';

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
