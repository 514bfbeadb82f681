/**
 * What a reader pastes to call an operation, from its `example`: curl, TypeScript with our client, Python with requests.
 * All three read the address from `WAM` and the token from `TOKEN`, as the README does. e2e/code-samples.e2e.spec.ts runs each of them.
 */
import type { OperationDefinition } from '../src/operation.ts';

/** Redocly's extension; other API references read it too. */
export interface CodeSample {
  lang: 'Shell' | 'TypeScript' | 'Python';
  label: string;
  source: string;
}

export function codeSamplesOf(operation: OperationDefinition): CodeSample[] {
  return [
    { lang: 'Shell', label: 'curl', source: curlSample(operation) },
    { lang: 'TypeScript', label: 'TypeScript', source: typescriptSample(operation) },
    { lang: 'Python', label: 'Python', source: pythonSample(operation) },
  ];
}

/** The path with the example's parameters in it, for curl with the query too. */
function examplePath({ path, example }: OperationDefinition): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(example.params?.[name] ?? `{${name}}`));
}

function exampleQuery({ example }: OperationDefinition): string {
  const pairs = Object.entries(example.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value)).replaceAll('%2C', ',')}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function curlSample(operation: OperationDefinition): string {
  const { method, auth, example } = operation;
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "$WAM${examplePath(operation)}${exampleQuery(operation)}"`,
    ...(auth === 'account' ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(operation.route.via === 'upload'
      ? [`-H "Content-Type: ${operation.route.contentTypes[0]}"`, `--data-binary '${operation.route.example}'`]
      : []),
    ...(example.body === undefined
      ? []
      : [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(example.body, null, 2).replaceAll("'", `'\\''`)}'`,
        ]),
  ];
  return lines.join(' \\\n  ');
}

function typescriptSample({ id, auth, example, route }: OperationDefinition): string {
  const { params, query, body = route.via === 'upload' ? route.example : undefined } = example;
  const input = Object.entries({ params, query, body }).filter(([, value]) => value !== undefined);
  const token = auth === 'account' ? ', token: process.env.TOKEN!' : '';
  return [
    "import { createClient } from '@wam/client';",
    '',
    `const wam = createClient({ baseUrl: process.env.WAM!${token} });`,
    `const answer = await wam.${id}(${input.length === 0 ? '' : literal(Object.fromEntries(input), typescript)});`,
    'console.log(answer);',
  ].join('\n');
}

function pythonSample(operation: OperationDefinition): string {
  const { method, auth, example, route } = operation;
  const isUpload = route.via === 'upload';
  const type = isUpload ? `, "Content-Type": ${python.text(route.contentTypes[0] ?? '')}` : '';
  const named = [
    ...(auth === 'account' ? [`headers={"Authorization": f"Bearer {os.environ['TOKEN']}"${type}}`] : []),
    ...(isUpload ? [`data=${python.text(route.example)}`] : []),
    ...(example.query === undefined ? [] : [`params=${literal(example.query, python, '    ')}`]),
    ...(example.body === undefined ? [] : [`json=${literal(example.body, python, '    ')}`]),
  ];
  const url = `f"{os.environ['WAM']}${examplePath(operation)}"`;
  const call = [url, ...named].map((argument) => `    ${argument},`).join('\n');
  return [
    'import os',
    '',
    'import requests',
    '',
    `response = requests.${method.toLowerCase()}(\n${call}\n)`,
    'response.raise_for_status()',
    route.via === 'download' ? 'print(response.text)' : 'print(response.json())',
  ].join('\n');
}

interface Language {
  key: (name: string) => string;
  text: (text: string) => string;
  word: (value: boolean | null) => string;
  /** Between a brace and what is inside, on one line. */
  padding: string;
}
const doubleQuoted = (text: string): string => JSON.stringify(text);
const singleQuoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
const typescript: Language = {
  key: (name) => (/^[a-z_$][\w$]*$/i.test(name) ? name : singleQuoted(name)),
  text: singleQuoted,
  word: String,
  padding: ' ',
};
/** JSON's escapes are Python's as well. */
const python: Language = {
  key: doubleQuoted,
  text: doubleQuoted,
  word: (value) => (value === null ? 'None' : value ? 'True' : 'False'),
  padding: '',
};
const lineLength = 80;

/** On one line when it fits, otherwise one line for each entry. */
function literal(value: unknown, language: Language, indent = ''): string {
  if (typeof value === 'string') return language.text(value);
  if (typeof value === 'boolean' || value === null) return language.word(value);
  if (typeof value !== 'object') return String(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inner = `${indent}${language === python ? '    ' : '  '}`;
  const entries = Array.isArray(value)
    ? value.map((item) => literal(item, language, inner))
    : Object.entries(value).map(([name, item]) => `${language.key(name)}: ${literal(item, language, inner)}`);
  if (entries.length === 0) return `${open}${close}`;
  const padding = Array.isArray(value) ? '' : language.padding;
  const line = `${open}${padding}${entries.join(', ')}${padding}${close}`;
  if (!line.includes('\n') && indent.length + line.length <= lineLength) return line;
  return `${open}\n${entries.map((entry) => `${inner}${entry},\n`).join('')}${indent}${close}`;
}
