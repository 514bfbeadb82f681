/** Leading bytes of values in the binary encoding that are not one-byte words. */
export const TAG = {
  LIST_EMPTY: 0,
  DICTIONARY_0: 236,
  DICTIONARY_3: 239,
  INTEROP_JID: 245,
  FB_JID: 246,
  AD_JID: 247,
  LIST_8: 248,
  LIST_16: 249,
  JID_PAIR: 250,
  HEX_8: 251,
  BINARY_8: 252,
  BINARY_20: 253,
  BINARY_32: 254,
  NIBBLE_8: 255,
} as const;

/** Longest text that may be packed two characters to a byte. */
export const PACKED_MAX_CHARS = 127;

/** First byte of a frame's plaintext: the rest is zlib-compressed when this bit is set. */
export const FLAG_COMPRESSED = 0x02;

export const NIBBLE_ALPHABET = '0123456789-.';
export const HEX_ALPHABET = '0123456789ABCDEF';
/** Fills the low half of the last byte of an odd-length packed text. */
export const PACKED_FILLER = 0x0f;
