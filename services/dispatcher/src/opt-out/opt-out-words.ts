/** Whether a reply is the wish to hear no more. Pure. */

export const defaultWords = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPT OUT', 'OPTOUT'] as const;
/** Counts whatever an account chooses: every recipient knows it. */
const always = 'STOP';

/** Upper case, without accents of input methods, punctuation and repeated blanks. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}\s]/gu, ' ')
    .trim()
    .replaceAll(/\s+/g, ' ');

/** Longer texts are not looked at: a stop word is a reply of its own, not a word in a sentence. */
const longestReply = 60;

export function isOptOut(text: string, words: readonly string[] | undefined): boolean {
  if (text.length > longestReply) return false;
  const reply = plain(text);
  return reply !== '' && [always, ...(words ?? defaultWords)].some((word) => plain(word) === reply);
}

/** As they are stored: each once. */
export const tidyWords = (words: readonly string[]): string[] => [
  ...new Set([always, ...words.map(plain).filter((word) => word !== '')]),
];
