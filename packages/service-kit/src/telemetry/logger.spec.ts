import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.ts';
import { formatDevelopmentLine } from './development-lines.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function captured(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({ service: 'spec', destination: { write: (line) => void lines.push(line) }, ...options });
  return { logger, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a log line', () => {
  test('names service, level and time, and what its child logger knows', () => {
    const { logger, entries } = captured({ fields: { instance: 'pod-1' } });
    logger.child({ requestId: 'req-1', tenant: 't' }).warn({ attempt: 2 }, 'trying again');
    expect(entries()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        service: 'spec',
        instance: 'pod-1',
        requestId: 'req-1',
        tenant: 't',
        attempt: 2,
        msg: 'trying again',
      },
    ]);
  });

  test('has the stack of an error, and its cause', () => {
    const { logger, entries } = captured();
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(entries()[0]).toMatchObject({ err: { stack: expect.stringMatching(/outer[\s\S]*inner/) } });
  });

  test('below the level is not written', () => {
    const { logger, lines } = captured({ level: 'warn' });
    logger.info('quiet');
    expect(lines).toEqual([]);
  });

  test('never shows credentials, QR codes, message texts or keys, at the top or one level down', () => {
    const { logger, lines } = captured();
    const hidden = {
      authorization: 'Bearer HIDDEN',
      cookie: 'HIDDEN',
      password: 'HIDDEN',
      token: 'HIDDEN',
      qr: 'HIDDEN',
      qrCode: 'HIDDEN',
      text: 'HIDDEN',
      body: { message: 'HIDDEN' },
      keys: { private: 'HIDDEN' },
      creds: { noiseKey: 'HIDDEN' },
      wrapped: new Secret('HIDDEN'),
    };
    logger.info(hidden, 'top');
    logger.info({ request: hidden, message: { text: 'HIDDEN' } }, 'nested');
    logger.info({ req: { headers: { authorization: 'HIDDEN', cookie: 'HIDDEN', 'x-api-key': 'HIDDEN' } } }, 'request');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('HIDDEN');
  });
});

test('development lines are readable and keep the stack', () => {
  const { logger, lines } = captured({ format: 'lines' });
  logger.warn({ port: 3000, err: new Error('in use') }, 'cannot listen');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}spec +cannot listen port=3000\nError: in use\n {4}at /);
  expect(formatDevelopmentLine('not json\n')).toBe('not json\n');
});
