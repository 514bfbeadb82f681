/** Postgres text takes neither U+0000 nor half a surrogate pair; both can come from outside. */
export const storableText = (text: string): string =>
  text.includes('\u0000') || !text.isWellFormed() ? text.replaceAll('\u0000', '').toWellFormed() : text;
