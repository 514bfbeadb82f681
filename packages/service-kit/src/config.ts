/**
 * Settings from the environment. A service describes its variables once, as a TypeBox object whose keys are the variable names;
 * reading, coercion, validation, redaction and the table in the documentation all derive from it.
 */
import { readFileSync } from 'node:fs';
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { formatDurationMs, parseDurationMs } from './duration.ts';
import { Secret } from './secret.ts';

interface Described {
  description?: string;
  default?: unknown;
}

/** A setting that must never be printed: the loaded value is a {@link Secret}. */
export const secret = (options: Described & { minLength?: number } = {}) =>
  Type.Unsafe<Secret>({ type: 'string', 'x-setting': 'secret', ...options });

/** A span of time, read as `30s`, `15m` ..., loaded as milliseconds. */
export const duration = (options: Described & { minimum?: number; maximum?: number } = {}) =>
  Type.Unsafe<number>({ type: 'number', 'x-setting': 'duration', ...options });

/** Several values in one variable, separated by commas. */
export const list = (options: Described & { minItems?: number } = {}) =>
  Type.Unsafe<string[]>({ type: 'array', items: { type: 'string' }, 'x-setting': 'list', ...options });

export interface ConfigFault {
  variable: string;
  problem: string;
  expected: string;
}

/** Every fault of the environment at once, so that one look repairs all. Never holds the value of a secret. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  ${fault.variable}: ${fault.problem}; expected ${fault.expected}`);
    super(`${faults.length} setting(s) cannot be used:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

interface JsonSchema extends Described {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  'x-setting'?: 'secret' | 'duration' | 'list';
}
const asJson = (schema: TSchema): JsonSchema => schema as JsonSchema;
const isSecret = (schema: JsonSchema): boolean => schema['x-setting'] === 'secret';

function choicesOf(schema: JsonSchema): unknown[] | undefined {
  if (schema.enum) return [...schema.enum];
  if (schema.const !== undefined) return [schema.const];
  const nested = schema.anyOf?.map(choicesOf);
  return nested?.every((choices) => choices !== undefined) ? nested.flat() : undefined;
}

function typeOf(schema: JsonSchema): string {
  if (schema['x-setting'] === 'duration') return 'duration';
  if (schema['x-setting'] === 'list') return 'list';
  return choicesOf(schema)?.join(' | ') ?? schema.type ?? 'string';
}

function expectationOf(schema: JsonSchema): string {
  const show = (bound: number) => (schema['x-setting'] === 'duration' ? formatDurationMs(bound) : String(bound));
  const choices = choicesOf(schema);
  const kind = choices
    ? `one of ${choices.join(', ')}`
    : {
        duration: 'a duration such as 500ms, 30s or 15m',
        list: 'values separated by commas',
        secret: 'a secret text',
        boolean: 'true or false',
        integer: 'a whole number',
        number: 'a number',
        string: 'a text',
      }[schema['x-setting'] ?? schema.type ?? 'string'];
  const bounds = [
    schema.minimum !== undefined && `at least ${show(schema.minimum)}`,
    schema.maximum !== undefined && `at most ${show(schema.maximum)}`,
    schema.minLength !== undefined && `of at least ${schema.minLength} characters`,
    schema.pattern !== undefined && `matching ${schema.pattern}`,
  ].filter((bound) => bound !== false);
  return [kind, ...bounds].join(', ');
}

/** The typed value of a raw text, or `undefined` when the text has another form. */
function coerce(schema: JsonSchema, raw: string): unknown {
  if (schema['x-setting'] === 'duration') return parseDurationMs(raw);
  if (schema['x-setting'] === 'list')
    return raw
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const choices = choicesOf(schema);
  if (choices) return choices.find((choice) => String(choice) === raw);
  if (schema.type === 'boolean') {
    if (/^(true|1|yes|on)$/i.test(raw)) return true;
    return /^(false|0|no|off)$/i.test(raw) ? false : undefined;
  }
  if (schema.type === 'number' || schema.type === 'integer') {
    const number = raw.trim() === '' ? Number.NaN : Number(raw);
    return Number.isFinite(number) ? number : undefined;
  }
  return raw;
}

type Raw = { value: string } | { absent: true } | { problem: string };

function rawValue(name: string, env: Env, readFile: (path: string) => string): Raw {
  // An empty variable counts as absent: that is what `NAME= command` and empty compose entries mean.
  const direct = env[name] || undefined;
  const path = env[`${name}_FILE`] || undefined;
  if (direct !== undefined && path !== undefined) return { problem: `both ${name} and ${name}_FILE are set` };
  if (direct !== undefined) return { value: direct };
  if (path === undefined) return { absent: true };
  try {
    return { value: readFile(path).replace(/\r?\n$/, '') };
  } catch {
    return { problem: `the file named by ${name}_FILE cannot be read` };
  }
}

export type Env = Readonly<Record<string, string | undefined>>;
export interface LoadConfigOptions {
  readFile?: (path: string) => string;
}

/**
 * Reads every variable of `schema` from `env`. `NAME_FILE` names a file that holds the value, for mounted secrets.
 * Defaults are typed values, or the text a user would write.
 * @throws ConfigError with all faults at once
 */
export function loadConfig<T extends TObject>(
  schema: T,
  env: Env,
  options: LoadConfigOptions = {},
): Readonly<Static<T>> {
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, 'utf8'));
  const required = new Set((schema as { required?: readonly string[] }).required ?? []);
  const faults: ConfigFault[] = [];
  const config: Record<string, unknown> = {};
  for (const [variable, property] of Object.entries(schema.properties)) {
    const rule = asJson(property);
    const expected = expectationOf(rule);
    const raw = rawValue(variable, env, readFile);
    if ('problem' in raw) {
      faults.push({ variable, problem: raw.problem, expected });
      continue;
    }
    const given = 'value' in raw ? raw.value : rule.default;
    if (given === undefined) {
      if (required.has(variable)) faults.push({ variable, problem: 'is not set', expected });
      continue;
    }
    const value = typeof given === 'string' ? coerce(rule, given) : given;
    if (value === undefined || !Value.Check(property, value)) {
      const shown = isSecret(rule) ? 'has an unusable value' : `is ${JSON.stringify(given)}`;
      faults.push({ variable, problem: shown, expected });
      continue;
    }
    config[variable] = isSecret(rule) ? new Secret(value as string) : value;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config) as Readonly<Static<T>>;
}

export interface ConfigRow {
  variable: string;
  type: string;
  required: boolean;
  default?: string;
  secret: boolean;
  description: string;
}

/** One row per variable, for the generated settings table. */
export function describeConfig(schema: TObject): ConfigRow[] {
  const required = new Set((schema as { required?: readonly string[] }).required ?? []);
  return Object.entries(schema.properties).map(([variable, property]) => {
    const rule = asJson(property);
    const fallback =
      typeof rule.default === 'number' && rule['x-setting'] === 'duration'
        ? formatDurationMs(rule.default)
        : rule.default;
    return {
      variable,
      type: isSecret(rule) ? 'secret' : typeOf(rule),
      required: required.has(variable) && rule.default === undefined,
      ...(fallback === undefined || isSecret(rule) ? {} : { default: String(fallback) }),
      secret: isSecret(rule),
      description: rule.description ?? '',
    };
  });
}
