import { searchPath } from '../config.ts';
import { findOnPath, isExecutable } from '../executable.ts';

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A browser of the Chromium family for tests; undefined when there is none. */
export function locateBrowser(): string | undefined {
  for (const name of names) {
    const path = findOnPath(name, searchPath());
    if (path !== undefined) return path;
  }
  return macApplications.find(isExecutable);
}
