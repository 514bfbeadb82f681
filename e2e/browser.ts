/** A real browser for the pages, and what it asked for. */
import { locateBrowser } from '@wam/local-infra';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Platform, startPlatform, temporaryFolder } from './platform.ts';

export const browserPath = locateBrowser();

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    // It runs as root on test machines, and must not speak for itself.
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface WatchedPage {
  page: Page;
  /** Origins of everything the page asked for, data URLs left out. */
  origins: ReadonlySet<string>;
  /** Errors of scripts, and what the security policy or the console complained about. */
  complaints: readonly string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const page = await (await browser.newContext(options)).newPage();
  const origins = new Set<string>();
  const complaints: string[] = [];
  const note = (url: string) => {
    if (!/^(data|blob|about):/.test(url)) origins.add(new URL(url).origin);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url().replace(/^ws/, 'http')));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return { page, origins, complaints };
}

/** A platform with a browser beside it, for specs of pages. */
export interface Stage extends AsyncDisposable {
  platform: Platform;
  browser: Browser;
}

export async function startStage(env: Record<string, string> = {}): Promise<Stage> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(await temporaryFolder());
  const platform = starting.use(await startPlatform(folder.path, env));
  const browser = starting.adopt(await launchBrowser(), (launched) => launched.close());
  const resources = starting.move();
  return { platform, browser, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
