/** Texts with placeholders such as `{{name}}`. Pure. */

const placeholder = /\{\{\s*([^{}]{1,64}?)\s*\}\}/g;

/** Names of the placeholders, each once, in order. */
export const placeholdersOf = (text: string): string[] => [
  ...new Set([...text.matchAll(placeholder)].map(([, name]) => name!)),
];

/** A name without a value stays as it is written; who takes recipients up refuses those first. */
export const renderMessage = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(placeholder, (written, name: string) => (Object.hasOwn(values, name) ? values[name]! : written));

/** Braces that were meant to be a placeholder and are none, as far as they can be shown: nobody wants to read `Hello {{name`. */
export const brokenPlaceholderOf = (text: string): string | undefined =>
  /\{\{.{0,20}|.{0,20}\}\}/su.exec(text.replaceAll(placeholder, ''))?.[0];
