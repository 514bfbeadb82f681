/** What `wam start --target=all` prints when everything runs. Pure. */
import type { Network } from '@wam/contracts';

export interface BannerFacts {
  url: string;
  mode: 'development' | 'production';
  /** Network of sessions that name none. */
  defaultNetwork: Network;
  startedInMs: number;
  dataDir: string;
  /** WEBHOOK_ALLOW: receivers that need not be public. */
  webhookAllow: string;
  account: FirstAccountFacts;
  /** Absent where nothing was linked for the user, as on the real network. */
  session: { sessionId: string; phone: string } | undefined;
}

export type FirstAccountFacts =
  | { kind: 'signed-in'; email: string; password: string; token: string }
  /** The kept password does not open the account: somebody uses another database or changed it. */
  | { kind: 'refused'; email: string; reason: string }
  /** Production makes no accounts by itself. */
  | { kind: 'none' };

/** A number of the sandbox that delivers and reads, as every ordinary one does. */
const bannerRecipient = '919876543210';

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** One line that sends a message when pasted into a shell. */
export function sendCurl(url: string, token: string, sessionId: string, to = bannerRecipient): string {
  const body = JSON.stringify({ to, message: 'Hello from WAMessenger!' });
  return [
    `curl -s ${url}/api/sessions/${sessionId}/send`,
    `-H ${shellQuote(`Authorization: Bearer ${token}`)}`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellQuote(body)}`,
  ].join(' ');
}

/** One line that shows what the recipient of {@link sendCurl} decrypted. */
const inboxCurl = (url: string, token: string, number = bannerRecipient): string =>
  `curl -s ${url}/sandbox/phones/${number}/inbox -H ${shellQuote(`Authorization: Bearer ${token}`)}`;

const networkLine = (facts: BannerFacts): string =>
  facts.defaultNetwork === 'sandbox'
    ? 'New sessions join the sandbox, a simulated WhatsApp. For the real one: WAM_DEFAULT_NETWORK=whatsapp npm start'
    : 'New sessions join the real WhatsApp network: scan their QR codes with a phone.';

const webhookLine = ({ webhookAllow }: BannerFacts): string =>
  webhookAllow === ''
    ? 'Webhooks reach public https addresses only. For receivers on this machine: WEBHOOK_ALLOW=localhost,127.0.0.1 npm start'
    : `Webhooks reach public https addresses, and by WEBHOOK_ALLOW also: ${webhookAllow}`;

function accountLines(account: FirstAccountFacts): string[] {
  switch (account.kind) {
    case 'signed-in':
      return [`  First account  ${account.email}  password ${account.password}`];
    case 'refused':
      return [`  First account  ${account.email} cannot log in: ${account.reason}`];
    case 'none':
      return [];
    default:
      return account satisfies never;
  }
}

function tryItLines(facts: BannerFacts): string[] {
  if (facts.account.kind !== 'signed-in' || facts.session === undefined) return [];
  const { token } = facts.account;
  const { sessionId, phone } = facts.session;
  return [
    '',
    `Send a message. Session ${sessionId} is linked to the simulated phone ${phone}:`,
    '',
    sendCurl(facts.url, token, sessionId),
    '',
    'Read what the recipient decrypted:',
    '',
    inboxCurl(facts.url, token),
  ];
}

export function startBanner(facts: BannerFacts): string {
  return [
    '',
    `WAMessenger is ready after ${(facts.startedInMs / 1000).toFixed(1)} s (${facts.mode}, data in ${facts.dataDir})`,
    '',
    `  Dashboard      ${facts.url}/`,
    `  API            ${facts.url}/api`,
    `  Documentation  ${facts.url}/docs  ${facts.url}/docs/errors`,
    ...accountLines(facts.account),
    '',
    networkLine(facts),
    webhookLine(facts),
    ...tryItLines(facts),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}
