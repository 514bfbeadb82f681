/** `deploy/helm/wamessenger`: the same objects as templates, with values, their schema, and the choices of the overlays as examples. */
import { Document, isMap, isScalar, type Pair, type Scalar } from 'yaml';
import { chartTokens, isGroup } from '../chart-tokens.ts';
import { choicesOf, overlays } from '../overlays.ts';
import { platform } from '../platform.ts';
import { defaults, valuesSchema } from '../values.ts';
import { printTemplate } from './template.ts';
import { made, printYaml } from './yaml.ts';

/** Files by their path under `deploy/helm/wamessenger`. */
export function chartFiles(version: string): Map<string, string> {
  const files = new Map<string, string>();
  files.set(
    'Chart.yaml',
    made +
      printYaml({
        apiVersion: 'v2',
        name: 'wamessenger',
        description: 'Self-hosted, multi-tenant WhatsApp messaging platform',
        type: 'application',
        version,
        appVersion: version,
        kubeVersion: '>=1.30.0-0',
      }),
  );
  files.set('values.yaml', made + printValues());
  files.set('values.schema.json', `${JSON.stringify(helmSchema(), null, 2)}\n`);
  for (const [file, objects] of Object.entries(platform(chartTokens)))
    files.set(`templates/${file}.yaml`, printTemplate(objects));
  files.set('README.md', chartReadme());
  for (const name of Object.keys(overlays)) files.set(`examples/${name}.yaml`, made + printYaml(choicesOf(name)));
  return files;
}

const chartReadme = (): string =>
  [
    '# wamessenger',
    '',
    'The chart of [WAMessenger on Kubernetes](../../../docs/kubernetes.md). Its templates, values and this page are made of `deploy/k8s/source`;',
    '`examples` has the values of the overlays. Unknown values are refused.',
    '',
    '| value | default | meaning |',
    '|---|---|---|',
    ...valueRows(valuesSchema as Schema, ''),
    '',
  ].join('\n');

function valueRows({ properties = {} }: Schema, path: string): string[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    if (isGroup(property)) return valueRows(property, `${path}${key}.`);
    const meaning = property.description?.replaceAll('|', '\\|');
    return [`| \`${path}${key}\` | \`${JSON.stringify(property.default)}\` | ${meaning} |`];
  });
}

/** Helm adds what charts above this one say (`global`). */
function helmSchema(): unknown {
  const { properties, ...rest } = valuesSchema;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...rest,
    required: undefined,
    properties: { ...properties, global: { type: 'object' } },
  };
}

interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
}

/** The defaults, each under its description. */
function printValues(): string {
  const document = new Document(defaults, { version: '1.1' });
  comment(document.contents, valuesSchema as Schema);
  return document.toString({ lineWidth: 0 });
}

function comment(node: unknown, schema: Schema): void {
  if (!isMap(node)) return;
  for (const pair of node.items as Pair<Scalar<string>, unknown>[]) {
    const property = schema.properties?.[pair.key.value];
    if (property === undefined || !isScalar(pair.key)) continue;
    pair.key.commentBefore = ` ${property.description}`;
    if (isGroup(property)) comment(pair.value, property);
  }
}
