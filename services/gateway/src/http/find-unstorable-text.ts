/** Text that JSON can carry and the stores behind cannot: found at the edge, so that nothing is half done later. */

/** Deeper values cannot be serialised again without risking the stack. */
const maxDepth = 32;

export interface UnstorableText {
  /** Path such as `contacts.3.number`. */
  param: string;
  problem: string;
}

/**
 * Finds the first string (or key) with a NUL character, which Postgres refuses in text, or with half a surrogate pair, which UTF-8 cannot encode;
 * or nesting beyond 32 levels.
 */
export function findUnstorableText(value: unknown, param = '', depth = 0): UnstorableText | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return { param, problem: 'must not contain NUL characters' };
    if (!value.isWellFormed()) return { param, problem: 'must not contain unpaired surrogates' };
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === maxDepth) return { param, problem: `must not be nested deeper than ${maxDepth} levels` };
  for (const key in value) {
    const path = param === '' ? key : `${param}.${key}`;
    if (!isStorable(key)) return { param: param, problem: 'must not have field names with NUL or unpaired surrogates' };
    const found = findUnstorableText((value as Record<string, unknown>)[key], path, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
