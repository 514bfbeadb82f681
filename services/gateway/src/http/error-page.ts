import { createHash } from 'node:crypto';
import { errorCatalogue } from '@wam/contracts';
import { pageSecurityPolicy } from './default-headers.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #8886; padding: 0.5rem 0; }
section:target { outline: 3px solid Highlight; outline-offset: 0.5rem; }
h2 { font-size: 1.1rem; } h2 a { color: inherit; text-decoration: none; }
dt { font-weight: 600; } dd { margin: 0 0 0.5rem; }
`;

export interface Page {
  html: string;
  securityPolicy: string;
}

/** `/docs/errors`: cause and fix of each code, where every error's `docUrl` points. Needs no script and no other host. */
export function errorPage(): Page {
  const sections = Object.entries(errorCatalogue).map(
    ([code, { status, error, message, cause, fix, retryable }]) => `
<section id="${escapeHtml(code)}">
<h2><a href="#${escapeHtml(code)}"><code>${escapeHtml(code)}</code></a></h2>
<p>${escapeHtml(error)}: ${escapeHtml(message)}.</p>
<dl>
<dt>Status</dt><dd>${status === 0 ? 'No HTTP status: the reason of a failed message' : status}</dd>
<dt>Cause</dt><dd>${escapeHtml(cause)}</dd>
<dt>Fix</dt><dd>${escapeHtml(fix)}</dd>
<dt>Same request later</dt><dd>${retryable ? 'May succeed' : 'Fails again'}</dd>
</dl>
</section>`,
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WAMessenger: error codes</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Error codes</h1>
<p>Every failed answer has one of these in <code>code</code>. Give its <code>requestId</code> when you ask for help.</p>
${sections.join('')}
</main>
</body>
</html>
`;
  const styleHash = createHash('sha256').update(style).digest('base64');
  return { html, securityPolicy: pageSecurityPolicy(`style-src 'sha256-${styleHash}'`) };
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);
