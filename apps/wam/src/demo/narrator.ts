/** How the demo speaks: coloured with a progress bar in a terminal, plain lines anywhere else. */
import pc from 'picocolors';

export interface Narrator {
  chapter(title: string): void;
  say(text: string): void;
  /** A block such as a QR code or a table, printed as it is. */
  show(block: string): void;
  /** Moves in place in a terminal; elsewhere only its end is printed. */
  progress(done: number, total: number): void;
}

const barWidth = 40;

export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${done}/${total}`;
}

export function createNarrator(output: { write(text: string): unknown; isTTY?: boolean }): Narrator {
  const colours = pc.createColors(output.isTTY === true && pc.isColorSupported);
  let chapters = 0;
  return {
    chapter(title) {
      chapters += 1;
      output.write(`\n${colours.bold(colours.green(`${chapters}. ${title}`))}\n`);
    },
    say: (text) => {
      output.write(`   ${text}\n`);
    },
    show: (block) => {
      output.write(`${block.replace(/^/gm, '   ')}\n`);
    },
    progress(done, total) {
      const finished = done >= total;
      if (output.isTTY) output.write(`\r   ${progressBar(done, total)}${finished ? '\n' : ''}`);
      else if (finished) output.write(`   ${progressBar(done, total)}\n`);
    },
  };
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, String(cell).length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => String(cell).padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
