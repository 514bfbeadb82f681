/** `/docs`: the API reference with a form that sends each request, served whole from here. */
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { pageSecurityPolicy } from '../http/default-headers.ts';

/**
 * Scripts from here only, and requests to here only: the page itself can neither load nor tell anything elsewhere.
 * Inline styles are allowed because Scalar writes them into the elements it draws.
 */
const securityPolicy = pageSecurityPolicy(
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
);

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WAMessenger: API reference</title>
<link rel="icon" href="icon.svg">
</head>
<body>
<div id="reference"></div>
<noscript>The API reference needs JavaScript; <a href="openapi.json">the description it shows</a> does not.</noscript>
<script src="docs/scalar.js"></script>
<script src="docs/reference.js"></script>
</body>
</html>
`;
const startScript = readFileSync(new URL('./reference.browser.js', import.meta.url));

export function registerApiReference(app: FastifyInstance): void {
  app.get('/docs', (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .header('content-security-policy', securityPolicy)
      .type('text/html; charset=utf-8')
      .send(page),
  );
  app.get('/docs/reference.js', (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(startScript),
  );
  let compressed: Promise<Buffer> | undefined;
  app.get('/docs/scalar.js', async (_request, reply) => {
    compressed ??= compressedScalar();
    return (
      reply
        .header('cache-control', 'public, max-age=86400')
        // Every browser takes it: the same bytes uncompressed are four times as many.
        .header('content-encoding', 'gzip')
        .type('text/javascript; charset=utf-8')
        .send(await compressed)
    );
  });
}

/** Scalar's plugin is one module with its 5 MB of script inside. Loaded when first asked for, and asked as a browser would. */
async function compressedScalar(): Promise<Buffer> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const server = Fastify();
  await server.register(scalar, { routePrefix: '/', configuration: { url: '/openapi.json' } });
  const { rawPayload, statusCode } = await server.inject('/js/scalar.js');
  if (statusCode !== 200) throw new Error(`Scalar answered ${statusCode} for its script`);
  return promisify(gzip)(rawPayload);
}
