/** Texts with placeholders such as `{{name}}`, or `{{name|friend}}` for those of whom there is no name. Pure. */
import { lidOfAddress } from '@wam/contracts';

const placeholder = /\{\{\s*([^{}|]{1,64}?)\s*(?:\|([^{}|]{0,200}))?\}\}/g;

export interface Placeholder {
  name: string;
  /** Wherever it stands something stands in for a missing value. */
  isOptional: boolean;
}

/** Each name once, in order. */
export function placeholdersOf(text: string): Placeholder[] {
  const found = new Map<string, Placeholder>();
  for (const [, name, fallback] of text.matchAll(placeholder)) {
    const isOptional = fallback !== undefined && found.get(name!)?.isOptional !== false;
    found.set(name!, { name: name!, isOptional });
  }
  return [...found.values()];
}

/** A name without a value and without a stand-in stays as it is written; who takes recipients up refuses those first. */
export const renderMessage = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(placeholder, (written, name: string, fallback: string | undefined) =>
    Object.hasOwn(values, name) ? values[name]! : (fallback?.trim() ?? written),
  );

/** What `{{number}}` says: nothing of whoever hides it. */
export const shownNumber = (address: string): string => (lidOfAddress(address) === undefined ? address : '');

/** The text as this contact reads it. `values` are its own; its number is one of them. */
export function messageTo(address: string, text: string, values: Readonly<Record<string, string>>): string {
  const number = shownNumber(address);
  return renderMessage(text, { ...(number !== '' && { number }), ...values });
}

/** Braces that were meant to be a placeholder and are none, as far as they can be shown: nobody wants to read `Hello {{name`. */
export const brokenPlaceholderOf = (text: string): string | undefined =>
  /\{\{.{0,20}|.{0,20}\}\}/su.exec(text.replaceAll(placeholder, ''))?.[0];
