import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TemporaryDirectory, temporaryDirectory } from '@wam/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The real linter with the real configuration, on a small tree of good and bad files.

const root = fileURLToPath(new URL('..', import.meta.url));

type Sample = { readonly path: string; readonly code: string };

const importing = (path: string, specifier: string): Sample => ({
  path,
  code: `import * as imported from '${specifier}';\nexport const used = imported;\n`,
});

const refused: Record<string, { readonly rule: string; readonly samples: readonly Sample[] }> = {
  'a service or package that imports a service': {
    rule: 'no-restricted-imports',
    samples: [
      importing('services/gateway/src/a.ts', '@wam/auth'),
      importing('services/gateway/src/b.ts', '../../auth/src/index.ts'),
      importing('packages/testkit/src/a.ts', '@wam/session-engine'),
      importing('packages/testkit/src/infra/a.ts', '@wam/dispatcher'),
    ],
  },
  'Baileys outside its folder': {
    rule: 'no-restricted-imports',
    samples: [
      importing('services/session-engine/src/message/a.ts', '@whiskeysockets/baileys'),
      importing('services/session-engine/src/message/b.ts', '@whiskeysockets/baileys/lib/Utils/index.js'),
      importing('packages/whatsapp-sandbox/src/a.ts', '@whiskeysockets/baileys'),
      importing('packages/whatsapp-sandbox/src/b.ts', 'libsignal'),
    ],
  },
  'the NATS client outside its folder': {
    rule: 'no-restricted-imports',
    samples: [
      importing('services/dispatcher/src/a.ts', '@nats-io/jetstream'),
      importing('packages/service-kit/src/postgres/a.ts', '@nats-io/kv'),
      importing('services/session-engine/src/baileys/a.ts', '@nats-io/transport-node'),
    ],
  },
  'the Postgres driver outside its folder': {
    rule: 'no-restricted-imports',
    samples: [
      importing('services/auth/src/a.ts', 'pg'),
      importing('packages/service-kit/src/nats/a.ts', 'pg'),
      importing('apps/wam/src/a.ts', 'pg'),
    ],
  },
  'a promise that nobody waits for': {
    rule: 'no-floating-promises',
    samples: [
      { path: 'services/auth/src/f.ts', code: 'export function f(g: () => Promise<void>): void {\n  g();\n}\n' },
    ],
  },
  'a promise where a condition or a plain callback is wanted': {
    rule: 'no-misused-promises',
    samples: [
      {
        path: 'services/auth/src/m.ts',
        code: 'export function f(g: () => Promise<boolean>): number {\n  if (g()) return 1;\n  return 0;\n}\n',
      },
    ],
  },
  'the environment read outside config and composition roots': {
    rule: 'no-process-env',
    samples: [{ path: 'services/auth/src/e.ts', code: 'export const port = process.env.PORT;\n' }],
  },
  'a file of more than 400 lines': {
    rule: 'max-lines',
    samples: [{ path: 'services/auth/src/l.ts', code: `${'export {};\n'.repeat(401)}` }],
  },
  'a default export': {
    rule: 'no-default-export',
    samples: [{ path: 'services/auth/src/d.ts', code: 'export default 1;\n' }],
  },
};

const accepted: readonly Sample[] = [
  importing('services/session-engine/src/baileys/ok.ts', '@whiskeysockets/baileys'),
  importing('packages/whatsapp-sandbox/src/ok.int.spec.ts', '@whiskeysockets/baileys'),
  importing('packages/service-kit/src/nats/ok.ts', '@nats-io/jetstream'),
  importing('packages/service-kit/src/postgres/ok.ts', 'pg'),
  importing('services/auth/src/ok.ts', '@wam/service-kit/postgres'),
  importing('services/auth/src/ok2.ts', '@wam/service-kit/nats'),
  importing('apps/wam/src/ok.ts', '@wam/session-engine'),
  { path: 'services/auth/src/config.ts', code: 'export const port = process.env.PORT;\n' },
];

type Finding = { readonly filename: string; readonly code: string };

let folder: TemporaryDirectory;
let findings: readonly Finding[];

beforeAll(async () => {
  folder = await temporaryDirectory('wam-lint-');
  for (const file of ['oxlint.config.ts', 'tsconfig.json']) copyFileSync(join(root, file), join(folder.path, file));
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  for (const { path, code } of [...Object.values(refused).flatMap(({ samples }) => samples), ...accepted]) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), code);
  }
  const oxlint = join(root, 'node_modules', '.bin', 'oxlint');
  // Folders by name: without them the linter walks through the link to node_modules.
  const { stdout, stderr } = spawnSync(oxlint, ['--type-aware', '--format', 'json', 'apps', 'packages', 'services'], {
    cwd: folder.path,
    encoding: 'utf8',
    timeout: 25_000,
  });
  if (!stdout.startsWith('{')) throw new Error(`oxlint failed: ${stdout}${stderr}`);
  findings = (JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics;
});

afterAll(() => folder.remove());

describe('lint refuses', () => {
  test.each(Object.entries(refused))('%s', (_title, { rule, samples }) => {
    const missed = samples.filter(
      ({ path }) => !findings.some((finding) => finding.filename === path && finding.code.includes(`(${rule})`)),
    );
    expect(missed.map(({ path }) => path)).toEqual([]);
  });
});

test('lint accepts each import in the one folder that is meant for it', () => {
  const paths = accepted.map(({ path }) => path);
  expect(findings.filter((finding) => paths.includes(finding.filename))).toEqual([]);
});
