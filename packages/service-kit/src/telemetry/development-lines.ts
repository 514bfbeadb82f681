interface Lines {
  write(line: string): void;
}

const hidden = new Set(['time', 'level', 'service', 'msg', 'err']);
const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `12:30:01.123 warn  gateway  text  key=value`, and the stack of an error below it. */
export function formatDevelopmentLine(json: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const fields = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${show(value)}`);
  const head = [
    String(entry.time).slice(11, 23),
    String(entry.level).padEnd(5),
    String(entry.service).padEnd(14),
    entry.msg ?? '',
    ...fields,
  ];
  const error = entry.err as { stack?: string; message?: string } | undefined;
  return `${head.join(' ').trimEnd()}\n${error ? `${error.stack ?? error.message}\n` : ''}`;
}

/** A pino destination that turns JSON lines into readable ones. */
export const createDevelopmentLines = (destination: Lines): Lines => ({
  write: (line) => destination.write(formatDevelopmentLine(line)),
});
