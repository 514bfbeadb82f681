/** What the specs of the feed begin with: a gateway that opens texts, and for each test an account with a session. */
import { randomUUID } from 'node:crypto';
import type { AnyEvent } from '@wam/contracts';
import { connect, type FeedClient, messageKey, receivedEvent, subjectOf, withToken } from './feed-clients.ts';
import { type Harness, startHarness } from './harness.ts';

export interface FeedStage extends AsyncDisposable {
  harness: Harness;
  /** Scripts of the test before are forgotten. */
  newAccount(): Promise<FeedAccount>;
}
export interface FeedAccount {
  tenant: string;
  token: string;
  sessionId: string;
  publish(event: AnyEvent): Promise<void>;
  /** Received messages with the texts of {@link numbered}, one after the other. */
  publishTexts(from: number, to: number, session?: string): Promise<void>;
  /** A plain socket that is ready. */
  open(options?: { address?: string; path?: string; by?: string }): Promise<ReadyClient>;
}
// biome-ignore lint/suspicious/noExplicitAny: specs read what they expect to be there
export type ReadyClient = FeedClient & { ready: any };

export async function startFeedStage(): Promise<FeedStage> {
  const harness = await startHarness({ WAM_MESSAGE_KEY: messageKey.toString('base64') });
  return {
    harness,
    async newAccount() {
      harness.forgetScripts();
      const tenant = randomUUID();
      const token = await harness.issuer.token(tenant);
      const sessionId = harness.addSession(tenant);
      const publish = (event: AnyEvent) => harness.publishEvent(subjectOf(event), event);
      return {
        tenant,
        token,
        sessionId,
        publish,
        async publishTexts(from, to, session = sessionId) {
          for (let n = from; n < to; n++) await publish(receivedEvent(tenant, session, `text ${n}`));
        },
        async open({ address = harness.gateway.address, path = '/ws', by = token } = {}) {
          const client = connect(address, path, withToken(by));
          const refused = client.closed.then((code): never => {
            throw new Error(`closed with ${code} before it was ready`);
          });
          const ready = await Promise.race([client.frame('ready'), refused]);
          return { ...client, ready };
        },
      };
    },
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `text ${from + n}`);
