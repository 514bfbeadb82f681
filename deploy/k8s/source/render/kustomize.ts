/** `deploy/k8s`: base, components and overlays. Components and overlays are the difference that their values make. */

import { namespace } from '../objects/namespace.ts';
import { componentNames, overlays, valuesOf, withComponents } from '../overlays.ts';
import { platform } from '../platform.ts';
import { defaults, type Values } from '../values.ts';
import { type AnyObject, differenceOf } from './difference.ts';
import { compact, made, printObjects, printYaml } from './yaml.ts';

/** Files by their path under `deploy/k8s`. */
export function kustomizeFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const write = (path: string, text: string) => files.set(path, made + text);
  const kustomization = (folder: string, content: Record<string, unknown>) => {
    const kind = folder.startsWith('components') ? 'Component' : 'Kustomization';
    const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
    write(
      `${folder}/kustomization.yaml`,
      printYaml({ apiVersion: `kustomize.config.k8s.io/${version}`, kind, ...compact(content) }),
    );
  };
  const writeDifference = (folder: string, before: AnyObject[], after: AnyObject[]) => {
    const { added, patches } = differenceOf(before, after);
    if (added.length > 0) write(`${folder}/objects.yaml`, printObjects(added));
    if (patches.length > 0) write(`${folder}/patches.yaml`, printObjects(patches));
    return {
      resources: added.length > 0 ? ['objects.yaml'] : [],
      patches: patches.length > 0 ? [{ path: 'patches.yaml' }] : undefined,
    };
  };

  const base = Object.entries(platform(defaults)).map(([file, objects]) => [file, compact(objects)] as const);
  const nonEmpty = base.filter(([, objects]) => objects.length > 0);
  for (const [file, objects] of nonEmpty) write(`base/${file}.yaml`, printObjects(objects));
  kustomization('base', { resources: nonEmpty.map(([file]) => `${file}.yaml`) });

  for (const name of componentNames) {
    const folder = `components/${name}`;
    const { resources, patches } = writeDifference(
      folder,
      objectsOf(defaults),
      objectsOf(withComponents(defaults, [name])),
    );
    kustomization(folder, { resources: resources.length > 0 ? resources : undefined, patches });
  }

  for (const [name, { on, components }] of Object.entries(overlays)) {
    const folder = `overlays/${name}`;
    const before = on === undefined ? withComponents(defaults, components) : valuesOf(on);
    const { resources, patches } = writeDifference(folder, objectsOf(before), objectsOf(valuesOf(name)));
    if (on === undefined) write(`${folder}/namespace.yaml`, printYaml(namespaceObject));
    kustomization(folder, {
      namespace,
      resources: [...(on === undefined ? ['namespace.yaml', '../../base'] : [`../${on}`]), ...resources],
      components: components.length > 0 ? components.map((component) => `../../components/${component}`) : undefined,
      patches,
    });
  }
  return files;
}

/** Every object of an installation with these values. */
export const objectsOf = (values: Values): AnyObject[] =>
  compact(Object.values(platform(values)).flat()) as unknown as AnyObject[];

const namespaceObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespace,
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
};
