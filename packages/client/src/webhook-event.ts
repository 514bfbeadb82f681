import type { PublicEvent } from './operations.generated.ts';

/** Body of a webhook delivery: an event, and what its receiver needs to know of the session without asking. */
export type WebhookEvent = (PublicEvent | WebhookTest) & {
  /** Absent for what belongs to no single session. `phone` and `lid` are the session's own, digits. */
  session?: {
    sessionId: string;
    name: string;
    phone: string | null;
    lid: string | null;
    metadata: Record<string, string>;
  };
};

/** What a test of a webhook sends when no type is asked for. */
export interface WebhookTest {
  id: string;
  type: 'webhook.test';
  timestamp: string;
  sessionId?: string;
  data: { message: string };
}
