export interface ReportOptions {
  json?: boolean;
}

/** Prints what a command has found or done: for people, or with `--json` for programs. */
export function printReport<T>(report: T, { json }: ReportOptions, textOf: (report: T) => string): void {
  process.stdout.write(`${json ? JSON.stringify(report) : textOf(report)}\n`);
}
