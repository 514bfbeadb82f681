import { inspect } from 'node:util';
import Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { ConfigError, describeConfig, duration, list, loadConfig, secret } from './config.ts';
import { Secret } from './secret.ts';

const schema = Type.Object({
  PORT: Type.Integer({ minimum: 1, maximum: 65_535, default: 3000, description: 'Port of the API' }),
  WAM_MODE: Type.Enum(['development', 'production'], { default: 'development' }),
  VERBOSE: Type.Boolean({ default: false }),
  RATIO: Type.Optional(Type.Number({ minimum: 0 })),
  LEASE_TTL: duration({ default: 3_000, minimum: 1_000 }),
  ORIGINS: list({ default: [] }),
  DATABASE_URL: Type.String({ pattern: '^postgres' }),
  JWT_KEY: secret({ minLength: 8, description: 'Signs tokens' }),
});
const valid = { DATABASE_URL: 'postgres://x', JWT_KEY: 'very-secret-value' };
const faultsOf = (env: Record<string, string>, readFile?: (path: string) => string) => {
  try {
    loadConfig(schema, env, readFile ? { readFile } : {});
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

describe('loading settings', () => {
  test('fills in defaults, leaves out what is optional', () => {
    const config = loadConfig(schema, valid);
    expect(config).toEqual({
      PORT: 3000,
      WAM_MODE: 'development',
      VERBOSE: false,
      LEASE_TTL: 3_000,
      ORIGINS: [],
      DATABASE_URL: 'postgres://x',
      JWT_KEY: expect.any(Secret),
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('turns texts into the declared types', () => {
    const config = loadConfig(schema, {
      ...valid,
      PORT: '8080',
      WAM_MODE: 'production',
      VERBOSE: 'yes',
      RATIO: '0.5',
      LEASE_TTL: '15m',
      ORIGINS: 'a, b,,c',
    });
    expect(config).toMatchObject({
      PORT: 8080,
      WAM_MODE: 'production',
      VERBOSE: true,
      RATIO: 0.5,
      LEASE_TTL: 900_000,
      ORIGINS: ['a', 'b', 'c'],
    });
  });

  test('an empty variable is an absent one', () => {
    expect(loadConfig(schema, { ...valid, PORT: '' }).PORT).toBe(3000);
  });

  test('a file may hold the value, without its last line end', () => {
    const readFile = (path: string) => (path === '/run/secrets/jwt' ? 'from-the-file\n' : '');
    const config = loadConfig(schema, { DATABASE_URL: 'postgres://x', JWT_KEY_FILE: '/run/secrets/jwt' }, { readFile });
    expect(config.JWT_KEY.reveal()).toBe('from-the-file');
  });

  test('names every fault at once, with what is expected', () => {
    expect(faultsOf({ PORT: '70000', WAM_MODE: 'test', VERBOSE: 'maybe', RATIO: 'x', LEASE_TTL: '1 week' })).toEqual([
      { variable: 'PORT', problem: 'is "70000"', expected: 'a whole number, at least 1, at most 65535' },
      { variable: 'WAM_MODE', problem: 'is "test"', expected: 'one of development, production' },
      { variable: 'VERBOSE', problem: 'is "maybe"', expected: 'true or false' },
      { variable: 'RATIO', problem: 'is "x"', expected: 'a number, at least 0' },
      { variable: 'LEASE_TTL', problem: 'is "1 week"', expected: 'a duration such as 500ms, 30s or 15m, at least 1s' },
      { variable: 'DATABASE_URL', problem: 'is not set', expected: 'a text, matching ^postgres' },
      { variable: 'JWT_KEY', problem: 'is not set', expected: 'a secret text, of at least 8 characters' },
    ]);
  });

  test('a value and a file at once, or a file that cannot be read, are faults', () => {
    const unreadable = () => {
      throw new Error('ENOENT');
    };
    const faults = faultsOf({ ...valid, PORT_FILE: '/nowhere', JWT_KEY_FILE: '/x' }, unreadable);
    expect(faults.map(({ variable, problem }) => [variable, problem])).toEqual([
      ['PORT', 'the file named by PORT_FILE cannot be read'],
      ['JWT_KEY', 'both JWT_KEY and JWT_KEY_FILE are set'],
    ]);
  });
});

describe('a secret', () => {
  const config = loadConfig(schema, valid);

  test('never shows when the settings are printed, logged or serialised', () => {
    const shown = [
      JSON.stringify(config),
      inspect(config),
      `${config.JWT_KEY}`,
      inspect(config.JWT_KEY),
      String(config.JWT_KEY),
    ];
    for (const text of shown) {
      expect(text).not.toContain('very-secret-value');
      expect(text).toContain('[redacted]');
    }
    expect(config.JWT_KEY.reveal()).toBe('very-secret-value');
  });

  test('is not in the fault about it', () => {
    const faults = faultsOf({ ...valid, JWT_KEY: 'hushhsh' });
    expect(JSON.stringify(faults)).not.toContain('hush');
    expect(faults).toMatchObject([{ variable: 'JWT_KEY', problem: 'has an unusable value' }]);
  });
});

test('the settings table says type, default, need and meaning', () => {
  expect(describeConfig(schema)).toEqual([
    {
      variable: 'PORT',
      type: 'integer',
      required: false,
      default: '3000',
      secret: false,
      description: 'Port of the API',
    },
    {
      variable: 'WAM_MODE',
      type: 'development | production',
      required: false,
      default: 'development',
      secret: false,
      description: '',
    },
    { variable: 'VERBOSE', type: 'boolean', required: false, default: 'false', secret: false, description: '' },
    { variable: 'RATIO', type: 'number', required: false, secret: false, description: '' },
    { variable: 'LEASE_TTL', type: 'duration', required: false, default: '3s', secret: false, description: '' },
    { variable: 'ORIGINS', type: 'list', required: false, default: '', secret: false, description: '' },
    { variable: 'DATABASE_URL', type: 'string', required: true, secret: false, description: '' },
    { variable: 'JWT_KEY', type: 'secret', required: true, secret: true, description: 'Signs tokens' },
  ]);
});
