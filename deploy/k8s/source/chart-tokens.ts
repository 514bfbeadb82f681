/** Values whose every leaf is the token of its place in the chart's values: by way of `$`, since in a loop the dot is something else. */
import type { TSchema } from 'typebox';
import { type TokenKind, tokenOf } from './parameters.ts';
import { type Values, valuesSchema } from './values.ts';

interface Schema {
  type?: string;
  properties?: Record<string, TSchema>;
  default?: unknown;
}
/** A group is walked into; an object with a default is one value. */
export const isGroup = ({ type, default: fallback }: Schema): boolean => type === 'object' && fallback === undefined;

export const chartTokens = tokensOf(valuesSchema, '$.Values') as Values;

function tokensOf(schema: Schema, path: string): unknown {
  if (!isGroup(schema)) return tokenOf(kindOf(schema), path);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, property]) => [
      key,
      tokensOf(property as Schema, `${path}.${key}`),
    ]),
  );
}

function kindOf({ type }: Schema): TokenKind {
  if (type === 'integer' || type === 'boolean') return 'n';
  return type === 'object' || type === 'array' ? 'o' : 't';
}
