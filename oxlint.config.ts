import { defineConfig } from 'oxlint';

/** One outside thing and the only folders that may import it. */
type Boundary = {
  /** Matched against what stands in the import. */
  readonly regex: string;
  readonly message: string;
  readonly allowedIn: readonly string[];
};

const services = ['gateway', 'auth', 'session-engine', 'dispatcher', 'analytics', 'webhooks'];

const boundaries: Record<string, Boundary> = {
  baileys: {
    regex: '^(baileys|@whiskeysockets/baileys|libsignal|whatsapp-rust-bridge)(/|$)',
    message: 'Baileys is used only in services/session-engine/src/baileys: the rest of the engine sees facts.',
    allowedIn: [
      'services/session-engine/src/baileys/**',
      'services/session-engine/**/*.spec.ts',
      'packages/whatsapp-sandbox/**/*.spec.ts',
      'packages/whatsapp-sandbox/test/**',
      'e2e/**',
      'bench/**',
    ],
  },
  nats: {
    regex: '^(@nats-io/|nats$)',
    message: 'The NATS client is used only in packages/service-kit/src/nats: import @wam/service-kit/nats.',
    allowedIn: ['packages/service-kit/src/nats/**', 'bench/**'],
  },
  postgres: {
    regex: '^pg(-[a-z-]+)?(/|$)',
    message: 'The Postgres driver is used only in packages/service-kit/src/postgres: import @wam/service-kit/postgres.',
    allowedIn: [
      'packages/service-kit/src/postgres/**',
      'packages/testkit/src/infra/**',
      'packages/local-infra/**/*.spec.ts',
      'bench/**',
    ],
  },
  services: {
    regex: `^@wam/(${services.join('|')}|cli)(/|$)|^\\.\\./.*/(${services.join('|')})/src/`,
    message:
      'Services and packages never import a service: they meet in contracts, over NATS. Only apps/wam composes them.',
    allowedIn: ['apps/wam/**', 'deploy/**', 'e2e/**', 'bench/**'],
  },
};

/**
 * An override replaces a rule's options, so every folder with a permission restates the boundaries that still hold in
 * it. A folder is named by at most one list, or by lists that are equal: the last matching override wins.
 */
function boundaryOverrides() {
  const folders = new Set(Object.values(boundaries).flatMap((boundary) => boundary.allowedIn));
  return [...folders].map((folder) => ({
    files: [folder],
    rules: { 'no-restricted-imports': restrictions((boundary) => !boundary.allowedIn.includes(folder)) },
  }));
}

function restrictions(holds: (boundary: Boundary) => boolean) {
  const patterns = Object.values(boundaries)
    .filter(holds)
    .map(({ regex, message }) => ({ regex, message }));
  return ['error', { patterns }];
}

export default defineConfig({
  plugins: ['typescript', 'import', 'node', 'unicorn', 'oxc'],
  categories: { correctness: 'error' },
  ignorePatterns: [
    '**/*.generated.ts',
    'packages/client/src/generated/**',
    '.wam/**',
    'apps/dashboard/public/vendor/**',
  ],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    // Our ports are records of functions without `this`; taking them apart is how they are meant to be used.
    'typescript/unbound-method': 'off',
    // Report text made on purpose, mostly of `unknown`; the type checker has the cases that matter.
    'typescript/no-base-to-string': 'off',
    'typescript/restrict-template-expressions': 'off',
    'import/no-default-export': 'error',
    'node/no-process-env': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    'unicorn/no-new-array': 'off',
    'unicorn/no-useless-spread': 'off', // a copy of a Map's keys, so that the loop may change the Map, is not useless
    'max-lines': ['error', { max: 400 }],
    'no-restricted-imports': restrictions(() => true),
  },
  overrides: [
    ...boundaryOverrides(),
    {
      // Only these read the environment; specs and their harnesses may, to pass it on to a process they start.
      files: [
        '**/config.ts',
        '**/main.ts',
        'services/*/src/create-*.ts',
        'scripts/**',
        'bench/**',
        'e2e/**',
        '**/*.spec.ts',
        '**/{test,testing,test-support}/**',
        '**/telemetry/**',
      ],
      rules: { 'node/no-process-env': 'off' },
    },
    {
      // Tools that demand a default export.
      files: ['*.config.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
});
