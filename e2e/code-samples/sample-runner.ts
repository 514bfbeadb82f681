/** Runs code samples of the API reference as a reader would: pasted, with WAM and TOKEN set. */
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const languages = ['Shell', 'TypeScript', 'Python'] as const;
export type Language = (typeof languages)[number];
export interface CodeSample {
  lang: Language;
  label: string;
  source: string;
}
/** What the API answered to it. */
export interface SampleAnswer {
  status: number;
  body: unknown;
}
/** @throws Error with all that the sample printed when it fails */
export type RunSample = (source: string, token: string) => Promise<SampleAnswer>;
export interface SampleRunner extends AsyncDisposable {
  readonly run: Record<Language, RunSample>;
}

const programFile = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** @returns the program whose absence keeps the samples of a language from being run here */
export async function missingFor(lang: Language): Promise<string | undefined> {
  if (lang === 'TypeScript') return undefined;
  const { name, probe } =
    lang === 'Shell'
      ? { name: 'curl', probe: ['curl', '--version'] }
      : { name: 'python3 with requests', probe: ['python3', '-c', 'import requests'] };
  const [file, ...args] = probe as [string, ...string[]];
  return new Promise((resolve) => execFile(file, args, (error) => resolve(error === null ? undefined : name)));
}

/** @param folder for files of ours, empty */
export async function createSampleRunner(url: string, folder: string): Promise<SampleRunner> {
  // The status only shows when curl is told so: in its configuration, so that the sample stays as it is printed.
  await writeFile(join(folder, '.curlrc'), 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n');
  const env = { ...process.env, CURL_HOME: folder, WAM: url };
  const typescript = startInterpreter(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', programFile('run-typescript.mjs')],
    env,
  );
  const python = startInterpreter('python3', [programFile('run-python.py')], env);
  return {
    run: {
      Shell: (source, token) => runShell(source, { ...env, TOKEN: token }),
      TypeScript: typescript.run,
      Python: python.run,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([typescript.stop(), python.stop()]);
    },
  };
}

/** Files are answered as they are. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function runShell(source: string, env: NodeJS.ProcessEnv): Promise<SampleAnswer> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-euc', source], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${source}\n\n${stdout}\n${stderr}`));
      const [status, ...body] = stdout.trimEnd().split('\n').reverse();
      resolve({ status: Number(status), body: parsed(body.reverse().join('\n')) });
    });
  });
}

/** A process that runs one sample after another. Starting it is no failure: whoever uses it hears of that. */
function startInterpreter(file: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let before: Promise<unknown> = Promise.resolve();

  async function runNow(source: string, token: string): Promise<SampleAnswer> {
    child.stdin.write(`${JSON.stringify({ source, token })}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error(`${file} ended`);
    const answer = JSON.parse(line.value) as { status: number; body: string } | { error: string };
    if ('error' in answer) throw new Error(`${source}\n\n${answer.error}`);
    return { status: answer.status, body: parsed(answer.body) };
  }
  return {
    run: (source: string, token: string): Promise<SampleAnswer> => {
      const now = before.then(() => runNow(source, token));
      before = now.catch(() => undefined);
      return now;
    },
    stop: () => {
      child.stdin.end();
      return ended;
    },
  };
}
