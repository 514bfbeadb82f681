import { createHash } from 'node:crypto';
import { errorCodes } from '@wam/contracts';
import { expect, test } from 'vitest';
import { errorPage, escapeHtml } from './error-page.ts';

const page = errorPage();

test('every code of the catalogue has its anchor', () => {
  for (const code of errorCodes) expect(page.html).toContain(`<section id="${code}">`);
});

test('the page needs no script and no other host, and its policy allows its one style by hash', () => {
  expect(page.html).not.toMatch(/<script|https?:\/\//);
  const [, style] = /<style>([\s\S]*)<\/style>/.exec(page.html)!;
  const hash = createHash('sha256').update(style!).digest('base64');
  expect(page.securityPolicy).toContain(`style-src 'sha256-${hash}'`);
});

test('text cannot become markup', () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
});
