/**
 * Writes everything that derives from the contracts; with --check writes nothing and fails when a file would change.
 * Released event schemas are frozen: a change of spec/events/<Type>.v1.json is a new version with an upcaster, not an edit.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closingsTable } from '../src/feed/closings.ts';
import { eventSchemas, operationList } from '../src/registry.ts';
import { buildAsyncApi, eventDocument } from './asyncapi.ts';
import { buildClientSource } from './client.ts';
import { buildErrorDocs } from './error-docs.ts';
import { buildOpenApi } from './openapi.ts';
import { buildPostmanCollection } from './postman.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}packages/contracts/package.json`, 'utf8')) as { version: string };
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const feedPage = `${root}docs/event-feed.md`;
const feedText = readFileSync(feedPage, 'utf8').replace(
  /(<!-- closings -->\n).*?(<!-- \/closings -->)/s,
  (_, begin: string, end: string) => `${begin}\n${closingsTable}\n\n${end}`,
);

const outputs = new Map<string, string>([
  [`${root}packages/contracts/spec/openapi.json`, json(buildOpenApi(operationList, version))],
  [`${root}packages/contracts/spec/asyncapi.json`, json(buildAsyncApi(eventSchemas, version))],
  [`${root}packages/contracts/spec/postman.json`, json(buildPostmanCollection(operationList))],
  [`${root}packages/client/src/operations.generated.ts`, buildClientSource(operationList)],
  [`${root}docs/errors.md`, buildErrorDocs()],
  [feedPage, feedText],
]);
for (const types of Object.values(eventSchemas)) {
  for (const [type, data] of Object.entries(types)) {
    outputs.set(`${root}packages/contracts/spec/events/${type}.v1.json`, json(eventDocument(type, data)));
  }
}

const current = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
const stale = [...outputs].filter(([file, text]) => current(file) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`out of date: ${relative(root, file)} (run npm run contracts:generate)`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${relative(root, file)}`);
  }
}
