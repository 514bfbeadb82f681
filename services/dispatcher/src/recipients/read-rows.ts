/** Files of recipients as rows: CSV (RFC 4180, also with semicolons or tabs) and NDJSON, in UTF-8 or, with its mark, UTF-16. */
import { type Rejection, type RejectionBody, reject } from '@wam/contracts';
import { parse } from 'csv-parse/sync';
import { numberFields, type RawRow } from './judge-row.ts';
import { createRecordSplitter, type TextRecord } from './split-records.ts';
import { type ReadRow, UnreadableRow } from './take-up-rows.ts';

export type FileFormat = 'csv' | 'ndjson';

const formats: Readonly<Record<string, FileFormat>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };
export const formatOf = (contentType: string): FileFormat | undefined => formats[contentType];
export const unknownFormat: RejectionBody = {
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message: `Send the file itself as the body, with Content-Type: ${Object.keys(formats).join(' or ')}`,
};

/**
 * Of a piece at a time, some hundred rows: those of a whole piece outlive young garbage while the database works. Without a database, half the
 * growth of the process (126 MB, 66 MB).
 */
const stepBytes = 32 * 1024;
/** Rows in one transaction: some 10 ms of a core, so that others are served in between. */
const batchSize = 500;

export function* stepsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += stepBytes) yield bytes.subarray(at, at + stepBytes);
}
export function* batchesOf(rows: readonly ReadRow[]): Generator<readonly ReadRow[]> {
  for (let at = 0; at < rows.length; at += batchSize) yield rows.slice(at, at + batchSize);
}

export interface RowReader {
  push(bytes: Uint8Array): ReadRow[] | Rejection;
  end(): ReadRow[] | Rejection;
}

export function createRowReader(format: FileFormat): RowReader {
  const splitter = createRecordSplitter({ quoted: format === 'csv' });
  const read = format === 'csv' ? createCsvRows() : (records: TextRecord[]) => records.flatMap(jsonRow);
  const decode = createDecoder();
  return {
    push: (bytes) => read(splitter.push(decode(bytes, true))),
    end() {
      const rows = read(splitter.push(decode(new Uint8Array(), false)));
      const last = 'kind' in rows ? rows : read(splitter.end());
      return 'kind' in rows || 'kind' in last ? last : [...rows, ...last];
    },
  };
}

/** Bytes that are no text become U+FFFD, by which a row is refused. A byte order mark is no text. */
function createDecoder(): (bytes: Uint8Array, more: boolean) => string {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let first = new Uint8Array();
  return (bytes, more) => {
    if (decoder === undefined) {
      first = Buffer.concat([first, bytes]);
      if (first.length < 2 && more) return '';
      decoder = new TextDecoder(encodingOf(first));
      return decoder.decode(first, { stream: more });
    }
    return decoder.decode(bytes, { stream: more });
  };
}
function encodingOf([one, two]: Uint8Array): string {
  if (one === 0xff && two === 0xfe) return 'utf-16le';
  return one === 0xfe && two === 0xff ? 'utf-16be' : 'utf-8';
}

const wantedColumn = 'number';

function createCsvRows(): (records: TextRecord[]) => ReadRow[] | Rejection {
  let columns: string[] | undefined;
  let delimiter = ',';
  return (records) => {
    const rows: ReadRow[] = [];
    const wanted = records.filter((record) => 'fault' in record || record.text.trim() !== '');
    if (columns === undefined) {
      const index = wanted.findIndex((record) => 'text' in record);
      if (index === -1) return wanted.map(unreadable);
      const [head] = wanted.splice(index, 1) as { line: number; text: string }[];
      delimiter = delimiterOf(head!.text);
      const names = cellsOf([head!.text], delimiter)?.[0]?.map((name) => name.trim()) ?? [];
      columns = columnsOf(names);
      if (columns === undefined) {
        if (!/^\s*"?\+?[\d][\d ().-]{6,}(@lid)?"?\s*$/.test(names[0] ?? '')) return noNumberColumn(names);
        // A bare list of numbers.
        columns = [wantedColumn];
        rows.push({ row: head!.line, fields: rowOf(columns, names) });
      }
    }
    rows.push(...wanted.filter((record) => 'fault' in record).map(unreadable));
    rows.push(
      ...parseRows(
        wanted.filter((record) => 'text' in record),
        columns,
        delimiter,
      ),
    );
    return rows.sort((a, b) => a.row - b.row);
  };
}

const noNumberColumn = (names: readonly string[]): Rejection =>
  reject('VALIDATION_FAILED', {
    message: `The first line names no column ${numberFields.map((field) => `\`${field}\``).join(', ')}; it has: ${names
      .slice(0, 10)
      .map((name) => name.slice(0, 30))
      .join(', ')}`,
  });

/** Undefined when none of them holds numbers. */
function columnsOf(names: readonly string[]): string[] | undefined {
  const plain = names.map((name) => name.toLowerCase().replaceAll(/[^a-z]/g, ''));
  const found = numberFields.map((field) => plain.findIndex((name) => name === field || name === `${field}number`));
  const index = found.find((at) => at !== -1);
  return index === undefined ? undefined : names.map((name, i) => (i === index ? wantedColumn : name));
}

/** Whichever is most often in the first line. */
const delimiterOf = (head: string): string =>
  [',', ';', '\t'].toSorted((a, b) => head.split(b).length - head.split(a).length)[0]!;

function parseRows(
  records: readonly { line: number; text: string }[],
  columns: readonly string[],
  delimiter: string,
): ReadRow[] {
  const cells = cellsOf(
    records.map((record) => record.text),
    delimiter,
  );
  return records.map((record, i) => {
    const own = cells === undefined ? cellsOf([record.text], delimiter)?.[0] : cells[i];
    const fields = own === undefined ? new UnreadableRow('The row is not valid CSV', record.text) : rowOf(columns, own);
    return { row: record.line, fields };
  });
}

/** Undefined when they are not all valid. */
function cellsOf(records: readonly string[], delimiter: string): string[][] | undefined {
  try {
    const rows = parse(records.join('\n'), { delimiter, relaxColumnCount: true, relaxQuotes: true }) as string[][];
    return rows.length === records.length ? rows : undefined;
  } catch {
    return undefined;
  }
}

function rowOf(columns: readonly string[], cells: readonly string[]): RawRow {
  const row: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  // The first column of a name counts.
  for (const [i, name] of columns.entries()) row[name] ??= cells[i];
  return row;
}

function jsonRow(record: TextRecord): ReadRow[] {
  if ('fault' in record) return [unreadable(record)];
  if (record.text.trim() === '') return [];
  return [{ row: record.line, fields: fieldsOf(record.text) }];
}

function fieldsOf(text: string): RawRow | UnreadableRow {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string' || typeof value === 'number') return { [wantedColumn]: value };
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawRow;
  } catch {
    // Said below.
  }
  return new UnreadableRow('The line is not a JSON object', text);
}

const unreadable = (record: TextRecord): ReadRow => ({
  row: record.line,
  fields: new UnreadableRow('fault' in record ? record.fault : 'The row could not be read'),
});
