import { createHash } from 'node:crypto';
import { errorCatalogue, errorCodes, operationList } from '@wam/contracts';
import { describe, expect, it } from 'vitest';
import { errorIndex, errorPage } from './error-pages.ts';
import { escapeHtml, plainPagePolicy } from './html-page.ts';

const pages = errorCodes.map((code) => [code, errorPage(code, operationList)] as const);

describe('the error pages', () => {
  it('list every code of the catalogue, with a link to its page', () => {
    for (const code of errorCodes) expect(errorIndex()).toContain(`<a href="/docs/errors/${code}">`);
  });

  it.each(pages)('say what, why and what to do: %s', (code, html) => {
    const { message, cause, fix } = errorCatalogue[code];
    for (const text of [message, cause, fix]) expect(html).toContain(escapeHtml(text));
  });

  it('name the operations a code comes from', () => {
    expect(errorPage('NOT_ON_WHATSAPP', operationList)).toContain('POST /api/sessions/:sessionId/send');
    expect(errorPage('NOT_ON_WHATSAPP', operationList)).not.toContain('POST /api/login');
    expect(errorPage('INTERNAL_ERROR', operationList)).toContain('Any request.');
  });

  it('need no script and no other host, and their policy allows the one style by hash', () => {
    for (const html of [errorIndex(), ...pages.map(([, page]) => page)]) {
      expect(html).not.toMatch(/<script|(href|src)="https?:/);
      const [, style] = /<style>([\s\S]*)<\/style>/.exec(html)!;
      const hash = createHash('sha256').update(style!).digest('base64');
      expect(plainPagePolicy).toContain(`style-src 'sha256-${hash}'`);
    }
  });

  it('cannot be given markup', () => {
    expect(escapeHtml(`<a href="x" id='y'>&`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
  });
});
