/** The frame of the pages under /docs: no script, no other host, one style that the policy allows by its hash. */
import { createHash } from 'node:crypto';
import { pageSecurityPolicy } from '../http/default-headers.ts';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 3rem; overflow-wrap: break-word; }
nav { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0.5rem 0; border-bottom: 1px solid #8886; }
h1 { line-height: 1.2; } h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
dt { font-weight: 600; margin-top: 1rem; } dd { margin: 0; }
ul { padding: 0; list-style: none; } li { margin: 0.4rem 0; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.95em; }
pre { padding: 1rem; border: 1px solid #8886; border-radius: 0.5rem; overflow-x: auto; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');
export const plainPagePolicy = pageSecurityPolicy("img-src 'self'", `style-src 'sha256-${styleHash}'`);

/** @param body markup; whoever writes it escapes what is not */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WAMessenger: ${escapeHtml(title)}</title>
<link rel="icon" href="/icon.svg">
<style>${style}</style>
</head>
<body>
<nav aria-label="Documentation"><a href="/docs">API reference</a><a href="/docs/errors">Error codes</a><a href="/">Dashboard</a></nav>
<main>
${body}
</main>
</body>
</html>
`;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);
