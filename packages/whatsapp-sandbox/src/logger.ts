/** The part of a pino logger that the sandbox uses. Nothing is logged per message. */
export interface SandboxLogger {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

const ignore = (): void => {};

export const silentLogger: SandboxLogger = { info: ignore, warn: ignore, error: ignore };
