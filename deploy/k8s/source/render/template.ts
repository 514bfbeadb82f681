/** Objects with tokens, conditions and loops as a template of Helm. Exact about indentation: what is conditional is printed by itself and moved in. */
import { Conditional, hasToken, Loop, readToken, splitAtTokens, type Token } from '../parameters.ts';
import { compact, printYaml } from './yaml.ts';

/** One template file. */
export function printTemplate(objects: readonly unknown[]): string {
  const documents = objects.map((object) => printDocument(object));
  return documents.join('');
}

function printDocument(object: unknown): string {
  if (object instanceof Conditional) {
    const inner = printDocument(object.value);
    return `{{- if ${object.expression} }}\n${inner}{{- end }}\n`;
  }
  if (object instanceof Loop) {
    const inner = [object.value].flat(Number.POSITIVE_INFINITY).map(printDocument).join('');
    return `{{- range $${object.variable} := ${object.expression} }}\n${inner}{{- end }}\n`;
  }
  return `---\n${printValue(object, 0)}`;
}

type Place = Conditional | Token | string;

/** Lines of a value, each moved in by `indent`. */
function printValue(value: unknown, indent: number): string {
  const places: Place[] = [];
  const withPlaces = mark(compact(value), places);
  const lines = escapeBraces(printYaml(withPlaces)).trimEnd().split('\n');
  return lines.map((line) => `${printLine(' '.repeat(indent) + line, places)}\n`).join('');
}

/** Whatever the template has to make becomes a scalar that says which of `places` it is. */
function mark(value: unknown, places: Place[]): unknown {
  const placed = (place: Place) => `§${places.push(place) - 1}§`;
  if (value instanceof Conditional) return placed(value);
  if (value instanceof Loop) throw new Error('a loop is of whole objects');
  if (typeof value === 'string') {
    if (!hasToken(value)) return value;
    // Text of several lines is printed as it is, so an expression in it needs no quotes.
    if (value.includes('\n')) throw new Error('no tokens in text of several lines');
    return placed(readToken(value) ?? value);
  }
  if (Array.isArray(value)) return value.map((element) => mark(element, places));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, mark(element, places)]));
}

/** `key: §3§`, `- §3§`, `- key: §3§`. */
const placeForm = /^(?<indent> *)(?<dashes>(?:- )*)(?<key>[^§]*: )?§(?<index>\d+)§$/;

function printLine(line: string, places: readonly Place[]): string {
  const form = placeForm.exec(line)?.groups;
  if (form === undefined) {
    if (line.includes('§')) throw new Error(`not a place of its own: ${line}`);
    return line;
  }
  const { indent = '', dashes = '', key = '', index } = form;
  const place = places[Number(index)]!;
  const head = indent + dashes + key;
  if (typeof place === 'string') return `${head}{{ ${quoted(place)} }}`;
  if (place instanceof Conditional) return printConditional(place, { indent, dashes, key });
  const { kind, expression } = place;
  switch (kind) {
    case 'n':
      return `${head}{{ ${expression} }}`;
    case 't':
      return `${head}{{ ${expression} | quote }}`;
    case 'o': {
      const depth = indent.length + dashes.length + 2;
      return `${head.trimEnd()}\n${' '.repeat(depth)}{{- toYaml ${expression} | nindent ${depth} }}`;
    }
    case 'e':
      return [
        `${indent}{{- range $name, $value := ${expression} }}`,
        `${indent}- name: {{ $name }}`,
        `${indent}  value: {{ $value | toString | quote }}`,
        `${indent}{{- end }}`,
      ].join('\n');
  }
}

interface Head {
  indent: string;
  dashes: string;
  key: string;
}

function printConditional({ expression, value }: Conditional, { indent, dashes, key }: Head): string {
  if (dashes !== '' && key !== '') throw new Error(`the first key of an element cannot be conditional: ${key}`);
  // As the only pair of a map, or the only element of a list, it is printed with its head.
  const inner = printValue(key === '' ? [value] : { [key.slice(0, -2)]: value }, indent.length);
  return `${indent}{{- if ${expression} }}\n${inner}${indent}{{- end }}`;
}

/** A text with tokens in it as one expression. */
function quoted(text: string): string {
  const parts = splitAtTokens(text);
  const format = parts.map((part) => (typeof part === 'string' ? part.replaceAll('%', '%%') : '%v')).join('');
  const values = parts
    .filter((part) => typeof part !== 'string')
    .map(({ expression }) => (expression.includes(' ') ? `(${expression})` : expression));
  return `printf ${JSON.stringify(format)} ${values.join(' ')} | quote`;
}

/** Braces that are meant for others: labels of alerts, legends of dashboards. */
const escapeBraces = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');
