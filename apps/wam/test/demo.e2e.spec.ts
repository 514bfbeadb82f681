import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runWam } from './launched-platform.ts';

const leftFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('wam-demo-'));

it('wam demo tells the whole story in plain lines, ends with 0 and leaves nothing behind', async () => {
  const before = leftFolders();
  const { exitCode, stdout, stderr } = await runWam(['demo'], {});
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  for (const text of [
    'registers',
    '█▀▀▀▀▀█', // a corner of the QR code
    'is linked',
    'decrypted: "Hello! Your order 4711 is on its way."',
    'wrote "Thank you!"',
    '20/20',
    '19 sent, 1 failed',
    '19990000003: Number not on WhatsApp',
  ]) {
    expect(stdout).toContain(text);
  }
  expect(stdout).toMatch(/sent +delivered +read +failed +total\n +20 +20 +20 +1 +21/);
  expect(stdout).not.toContain('\r');
  expect(leftFolders()).toEqual(before);
});
