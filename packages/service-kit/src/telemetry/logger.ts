import { pino } from 'pino';
import { createDevelopmentLines } from './development-lines.ts';

export type Logger = pino.Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  /** Becomes `service` on each line. */
  service: string;
  level?: LogLevel;
  /** `json` (default): one object per line. `lines`: for people, whether or not they read in a terminal. */
  format?: 'json' | 'lines';
  /** Default: standard output. */
  destination?: { write(line: string): void };
  /** Constant fields of each line. */
  fields?: Record<string, unknown>;
}

/** Never in a log: credentials, QR codes (they link a phone), message text, key material. */
const secretFields = [
  'authorization',
  'cookie',
  'password',
  'passwordHash',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'secret',
  'qr',
  'qrCode',
  'text',
  'body',
  'message.text',
  'key',
  'keys',
  'privateKey',
  'creds',
  'kek',
  'seed',
];
const redactPaths = [
  ...secretFields,
  ...secretFields.map((field) => `*.${field}`),
  'headers["set-cookie"]',
  '*.headers.authorization',
  '*.headers.cookie',
  '*.headers["set-cookie"]',
  '*.headers["x-api-key"]',
];

/** Log lines as JSON with `time` in ISO 8601 and the level by name. Add request id, tenant, session by `logger.child({...})`. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service, ...options.fields },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err },
      redact: { paths: redactPaths, censor: '[redacted]' },
    },
    options.format === 'lines' ? createDevelopmentLines(destination) : destination,
  );
}

/** For tests and tools that must be quiet. */
export const createSilentLogger = (): Logger => pino({ level: 'silent' });
