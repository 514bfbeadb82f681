/**
 * The objects of an installation are written once, as a function of its values. For Kustomize these are the defaults, or those of an overlay.
 * For the chart every leaf is a token that names its place in the chart's values. What is there only sometimes, or once per element of a list, goes
 * through {@link when} and {@link each}: plain values decide at once, tokens become `if` and `range` of the template.
 */

/** Text that stands for an expression of the template: the kind of its result, then the expression. */
const tokenForm = /«([tnoe]):([^»]+)»/g;
export type TokenKind = 't' | 'n' | 'o' | 'e';

export const tokenOf = (kind: TokenKind, expression: string): string => `«${kind}:${expression}»`;

export interface Token {
  kind: TokenKind;
  expression: string;
}
/** The token that a text consists of. */
export function readToken(value: unknown): Token | undefined {
  if (typeof value !== 'string') return undefined;
  const [token] = value.matchAll(tokenForm);
  return token?.[0] === value ? { kind: token[1] as TokenKind, expression: token[2]! } : undefined;
}
export const hasToken = (text: string): boolean => text.includes('«');
/** The text cut at its tokens. */
export const splitAtTokens = (text: string): (string | Token)[] =>
  text
    .split(/(«[^»]+»)/)
    .filter((part) => part !== '')
    .map((part) => readToken(part) ?? part);

/** What is there if the expression is true. */
export class Conditional {
  readonly expression: string;
  readonly value: unknown;
  constructor(expression: string, value: unknown) {
    this.expression = expression;
    this.value = value;
  }
}
/** What is there for each element of a list, called `variable`. */
export class Loop {
  readonly expression: string;
  readonly variable: string;
  readonly value: unknown;
  constructor(expression: string, variable: string, value: unknown) {
    this.expression = expression;
    this.variable = variable;
    this.value = value;
  }
}

/** `value` where the condition holds; elsewhere nothing, also as the value of a key or an element of a list. */
export function when<T>(condition: boolean, value: T): T {
  const token = readToken(condition);
  if (token !== undefined) return new Conditional(token.expression, value) as T;
  return condition ? value : (undefined as T);
}

const prefix = (expression: string): string => (expression.includes(' ') ? `(${expression})` : expression);

export function not(condition: boolean): boolean {
  const token = readToken(condition);
  return token === undefined ? !condition : asBoolean(tokenOf('n', `not ${prefix(token.expression)}`));
}
/** Whether a text or a map is given. */
export function isGiven(value: string | Readonly<Record<string, unknown>>): boolean {
  const token = readToken(value);
  if (token !== undefined) return asBoolean(tokenOf('n', token.expression));
  return typeof value === 'string' ? value !== '' : Object.keys(value).length > 0;
}
const asBoolean = (token: string): boolean => token as unknown as boolean;

/** One value per element of a list of values. */
export function each<E extends object, T>(list: readonly E[], variable: string, make: (element: E) => T): T[] {
  const token = readToken(list);
  if (token === undefined) return list.map(make);
  const element = new Proxy({} as E, {
    get: (_, key) => tokenOf(key === 'replicas' ? 'n' : 't', `$${variable}.${String(key)}`),
  });
  return [new Loop(token.expression, variable, make(element)) as T];
}

/** The value as a text, such as a variable of the environment. */
export function asText(value: string | number | boolean): string {
  const token = readToken(value);
  return token === undefined ? String(value) : tokenOf('t', `${prefix(token.expression)} | toString`);
}

/** The number and `more`. */
export function plus(value: number, more: number): number {
  const token = readToken(value);
  return token === undefined
    ? value + more
    : (tokenOf('n', `add ${prefix(token.expression)} ${more}`) as unknown as number);
}

/** A text made of another one: of a plain value by `make`, of a token by an expression of the template. */
export function derived(
  value: string,
  make: (value: string) => string,
  expressionOf: (value: string) => string,
): string {
  const token = readToken(value);
  return token === undefined ? make(value) : tokenOf('t', expressionOf(prefix(token.expression)));
}

interface EnvVar {
  name: string;
  value: string;
}
/** Variables of the environment, in the order of their names, as elements of a list. */
export function variablesOf(map: Readonly<Record<string, unknown>>): EnvVar[] {
  const token = readToken(map);
  if (token !== undefined) return [tokenOf('e', token.expression) as unknown as EnvVar];
  return Object.keys(map)
    .sort()
    .map((name) => ({ name, value: String(map[name]) }));
}
