/** Sends events to a receiver on the developer's machine as the webhooks service would send them: same body, headers and signature. */
import { createHmac } from 'node:crypto';
import type { WebhookPayload } from '@wam/contracts';
import { requestOf, signingKeyOf, targetFor } from '@wam/webhooks';

export interface Forwarded {
  /** Absent when no answer came. */
  status?: number;
  durationMs: number;
  /** Why none came, in plain words. */
  error?: string;
}
export type ForwardEvent = (payload: WebhookPayload) => Promise<Forwarded>;

/** As the service gives a receiver. */
const timeoutMs = 15_000;

export function createForwardEvent(url: string, secret: string, ended?: AbortSignal): ForwardEvent {
  const key = signingKeyOf(secret);
  const target = targetFor(new URL(url), {}, () => [key]);
  return async (payload) => {
    const startedAtMs = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAtMs);
    const request = { eventId: payload.id, body: JSON.stringify(payload), atMs: Date.now() };
    const { headers: flat, body } = requestOf(target, request);
    const headers = new Headers();
    for (let index = 0; index < flat.length; index += 2) headers.set(flat[index]!, flat[index + 1]!);
    try {
      const late = AbortSignal.timeout(timeoutMs);
      const signal = ended === undefined ? late : AbortSignal.any([ended, late]);
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
      return { status: response.status, durationMs: elapsed() };
    } catch (error) {
      return { durationMs: elapsed(), error: reasonOf(error) };
    }
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? error.message;
}

/** The same for the same credential, so that the receiver need not be set up anew at each start. Does not lead back to it. */
export const secretOf = (credential: string): string =>
  `whsec_${createHmac('sha256', credential).update('wam listen').digest('base64')}`;

export const forwardedText = ({ status, durationMs, error }: Forwarded): string =>
  status === undefined ? `-> failed: ${error}` : `-> ${status} in ${durationMs} ms${error ? `: ${error}` : ''}`;
