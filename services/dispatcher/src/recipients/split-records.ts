/** Text that comes in pieces, cut into records. Pure, and bounded: what has no end is given up, not kept. */
export type TextRecord = { line: number; text: string } | { line: number; fault: string };

export interface RecordSplitter {
  push(text: string): TextRecord[];
  /** The text is over. */
  end(): TextRecord[];
}

/** Characters of one record. */
const maxLength = 65_536;
const tooLong = `The row is longer than ${maxLength} characters`;
const unclosed = 'A quotation mark is opened and never closed';

/**
 * @param quoted whether a line break between quotation marks belongs to the record (RFC 4180, section 2). A mark that is never closed costs
 * the row it stands in, and none of those behind it.
 */
export function createRecordSplitter({ quoted }: { quoted: boolean }): RecordSplitter {
  let buffer = '';
  /** Line at which the buffer begins. */
  let line = 1;
  /** Up to here the present record was looked at, with so many quotation marks and line breaks. */
  let scanned = 0;
  let marks = 0;
  let breaks = 0;
  /** In the rest of a line that was given up. */
  let skipping = false;

  function drop(length: number, lines: number): void {
    buffer = buffer.slice(length);
    line += lines;
    scanned = 0;
    marks = 0;
    breaks = 0;
  }
  function skipLine(): boolean {
    const lineEnd = buffer.indexOf('\n');
    if (lineEnd === -1) {
      buffer = '';
      return false;
    }
    skipping = false;
    drop(lineEnd + 1, 1);
    return true;
  }
  /** The record at the beginning is not one: its first line is given up, the next one may be good. */
  function giveUpFirstLine(): TextRecord {
    const fault = { line, fault: breaks > 0 ? unclosed : tooLong };
    skipping = true;
    skipLine();
    return fault;
  }

  function take(): TextRecord[] {
    const records: TextRecord[] = [];
    for (;;) {
      if (skipping && !skipLine()) return records;
      const lineEnd = buffer.indexOf('\n', scanned);
      if (lineEnd === -1 ? buffer.length > maxLength : lineEnd > maxLength) {
        records.push(giveUpFirstLine());
        continue;
      }
      if (lineEnd === -1) return records;
      if (quoted) marks += countMarks(buffer, scanned, lineEnd);
      scanned = lineEnd + 1;
      if (marks % 2 === 1) {
        breaks += 1;
        continue;
      }
      const text = buffer.slice(0, lineEnd);
      records.push({ line, text: text.endsWith('\r') ? text.slice(0, -1) : text });
      drop(lineEnd + 1, breaks + 1);
    }
  }
  return {
    push(text) {
      buffer += text;
      return take();
    },
    end() {
      if (buffer !== '' && !buffer.endsWith('\n')) buffer += '\n';
      const records = take();
      while (buffer !== '') {
        records.push(giveUpFirstLine());
        records.push(...take());
      }
      return records;
    },
  };
}

function countMarks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('"', from); at !== -1 && at < to; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}
