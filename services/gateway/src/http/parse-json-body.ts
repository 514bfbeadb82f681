import { isUtf8 } from 'node:buffer';
import type { FastifyBodyParser, FastifyInstance, onRequestHookHandler } from 'fastify';
import { ApiError } from './api-error.ts';

/** 1 MiB, as the catalogue says under PAYLOAD_TOO_LARGE. */
export const bodyLimitBytes = 1_048_576;

/**
 * Only JSON, only UTF-8, without keys that reach object prototypes. An empty body is no body: many clients send
 * `Content-Type: application/json` with every request.
 */
export function parseOnlyJsonBodies(app: FastifyInstance): void {
  const parseSafely = app.getDefaultJsonParser('error', 'error');
  const parse: FastifyBodyParser<Buffer> = (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
    } else if (!isUtf8(body)) {
      done(new ApiError('MALFORMED_JSON', { message: 'The request body is not valid UTF-8' }));
    } else {
      // Callback style: what its type says about promises is for parsers that return one.
      void parseSafely(request, body.toString('utf8'), (error, value) =>
        error ? done(new ApiError('MALFORMED_JSON')) : done(null, value),
      );
    }
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: bodyLimitBytes }, parse);
}

/** For operations without a body: whatever comes is not looked at, and dropped by Node when the answer is out. */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
}

/** For operations that hand the body on as it comes, whatever it is. */
export function passBodiesOn(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

/** Nothing here unpacks them, and a compressed body would be a complaint about its JSON. RFC 9110, 15.5.16. */
export const refuseCompressedBodies: onRequestHookHandler = ({ headers }, reply, done) => {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding.toLowerCase() === 'identity') return done();
  reply.header('accept-encoding', 'identity');
  const message = 'Compressed bodies are not taken; send it without Content-Encoding';
  done(new ApiError('UNSUPPORTED_MEDIA_TYPE', { message, param: 'Content-Encoding' }));
};
