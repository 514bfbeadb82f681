/** What the user of a laptop meets once everything runs: a first account, a linked session, the banner, the ready file. */
import { createClient } from '@wam/client';
import { defineService, type Logger, type Service } from '@wam/service-kit';
import { defaultNetworkOf, type LauncherConfig } from '../config.ts';
import { type BannerFacts, type FirstAccountFacts, startBanner } from './banner.ts';
import { type LinkedSession, linkFirstSession, signInFirstAccount } from './first-account.ts';
import { writeWhole } from './own-files.ts';

export interface WelcomeOptions {
  config: LauncherConfig;
  /** WEBHOOK_ALLOW as the service reads it. */
  webhookAllow: string;
  /** Known once the gateway listens. */
  url: () => string;
  /** Tells later starts on the same data folder where this one answers. */
  announce: (url: string) => void;
  startedAtMs: number;
  nowMs: () => number;
  print: (text: string) => void;
  logger: Logger;
}

/** For programs that started the platform and wait for it. Holds a password: readable by its owner only. */
export interface ReadyFile {
  url: string;
  pid: number;
  email: string | null;
  password: string | null;
  token: string | null;
  sessionId: string | null;
  phone: string | null;
}

/** Runs beside the platform: a first session that cannot be linked is told, and keeps nothing from running. */
export function createWelcome(options: WelcomeOptions): Service {
  const { config, logger } = options;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function welcome(): Promise<void> {
    const url = options.url();
    options.announce(url);
    const { account, session } = await firstSteps(url);
    if (stopping.signal.aborted) return;
    const facts: BannerFacts = {
      url,
      mode: config.WAM_MODE,
      defaultNetwork: defaultNetworkOf(config),
      startedInMs: options.nowMs() - options.startedAtMs,
      dataDir: config.WAM_DATA_DIR,
      webhookAllow: options.webhookAllow,
      account,
      session,
    };
    options.print(startBanner(facts));
    if (config.WAM_READY_FILE !== undefined) {
      writeWhole(config.WAM_READY_FILE, `${JSON.stringify(readyFile(facts))}\n`);
    }
  }

  async function firstSteps(url: string): Promise<Pick<BannerFacts, 'account' | 'session'>> {
    if (config.WAM_MODE === 'production') return { account: { kind: 'none' }, session: undefined };
    const client = createClient({ baseUrl: url });
    let account: FirstAccountFacts = { kind: 'none' };
    let session: LinkedSession | undefined;
    try {
      account = await signInFirstAccount(client, config.WAM_DATA_DIR);
      if (account.kind === 'signed-in' && defaultNetworkOf(config) === 'sandbox') {
        session = await linkFirstSession(client, config.WAM_DATA_DIR, stopping.signal);
      }
    } catch (error) {
      if (!stopping.signal.aborted) logger.warn({ err: error }, 'the first session is not ready');
    }
    return { account, session };
  }

  return defineService({
    name: 'welcome',
    start() {
      running = welcome().catch((error: unknown) => logger.error({ err: error }, 'the start cannot be announced'));
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ ready: true }),
  });
}

function readyFile({ url, account, session }: BannerFacts): ReadyFile {
  const signedIn = account.kind === 'signed-in' ? account : undefined;
  return {
    url,
    pid: process.pid,
    email: signedIn?.email ?? null,
    password: signedIn?.password ?? null,
    token: signedIn?.token ?? null,
    sessionId: session?.sessionId ?? null,
    phone: session?.phone ?? null,
  };
}
