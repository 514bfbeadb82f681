/** A real browser for the pages, and what it asked for. */
import { locateBrowser } from '@wam/local-infra';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

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
