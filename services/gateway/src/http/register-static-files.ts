import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pageSecurityPolicy } from './default-headers.ts';

const typeByExtension: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};
/** Own files only; QR codes are data URLs. */
const securityPolicy = pageSecurityPolicy(
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
);

/**
 * Serves a folder that was read whole at the start: what is not there then has no route, so no path can lead out of it.
 * `index.html` is also the folder itself. Meant for the few files of the dashboard.
 */
export function registerStaticFiles(app: FastifyInstance, folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = typeByExtension[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    const content = readFileSync(path);
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    const urls = entry.name === 'index.html' ? [url, url.slice(0, -'index.html'.length)] : [url];
    for (const each of urls)
      app.get(each, (request, reply) => {
        reply.headers({ 'cache-control': 'no-cache', etag, 'content-security-policy': securityPolicy });
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.type(type).send(content);
      });
  }
}
