/** Whether one row of a list of recipients can be used. Pure. */
import { contactAddressPattern } from '@wam/contracts';
import { messageTo, type Placeholder, shownNumber } from '../campaign/message-template.ts';

/** The fields of a row by their names, as they came. */
export type RawRow = Readonly<Record<string, unknown>>;

export interface UsableRow {
  number: string;
  /** Values of the placeholders; nothing else of the row is kept. */
  values: Record<string, string>;
}
/** Why a row is no recipient, in plain words, and the value at fault as far as it may be shown. */
export interface RowFault {
  reason: string;
  value: string;
}

/** What a row is measured by. */
export interface RowDemands {
  message: string;
  placeholders: readonly Placeholder[];
}

/** Names under which the number may stand, in order of preference. */
export const numberFields = ['number', 'phone', 'contact', 'mobile', 'to', 'whatsapp'] as const;

const maxTextLength = 65_536;
const maxValueLength = 1000;
const contactAddress = new RegExp(contactAddressPattern);
/** A spreadsheet would carry it out. A sign in front of a figure or a word is none. */
const formula = /^\s*(=|[+\-@][^\s]*[(|!])/;

export function judgeRow(row: RawRow, { message, placeholders }: RowDemands): UsableRow | RowFault {
  const written = numberIn(row);
  if (written.trim() === '') return fault('There is no number', '');
  for (const value of [written, ...placeholders.map(({ name }) => textOf(row[name]))]) {
    if (value.includes('\uFFFD')) return fault('The text is not encoded as UTF-8', value);
    if (value.includes('\0')) return fault('The text has a NUL character', value.replaceAll('\0', ''));
    if (!value.isWellFormed()) return fault('The text has half a character', '');
    if (formula.test(value)) return fault('The cell is a formula', value);
    if (value.length > maxValueLength) return fault(`The value is longer than ${maxValueLength} characters`, value);
  }
  const number = addressWritten(row);
  if (!contactAddress.test(number)) {
    return fault('The number is not one with country code, 8 to 15 digits, or a LID with @lid', written);
  }
  const values: Record<string, string> = {};
  for (const { name, isOptional } of placeholders) {
    const value = name === 'number' ? shownNumber(number) : textOf(row[name]).trim();
    if (value !== '') values[name] = value;
    else if (!isOptional) return fault(`There is no value for {{${name}}}`, number);
  }
  if (messageTo(number, message, values).length > maxTextLength) return fault('The message would be too long', number);
  return { number, values };
}

const numberIn = (row: RawRow): string =>
  textOf(numberFields.map((field) => row[field]).find((value) => value !== undefined));

/** People write numbers in many ways; whatever is no digit is decoration, as long as a country code is there. */
export const addressWritten = (row: RawRow): string =>
  numberIn(row)
    .replace(/^\s*(\+|00)/, '')
    .replaceAll(/[\s().\-/]/g, '');

export const isFault = (judged: UsableRow | RowFault): judged is RowFault => 'reason' in judged;

const shownLength = 60;
const fault = (reason: string, value: string): RowFault => ({ reason, value: value.slice(0, shownLength) });

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
