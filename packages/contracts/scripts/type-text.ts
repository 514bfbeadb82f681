/** TypeScript text of a JSON schema, for the generated client. Covers what the contracts use and refuses the rest. */
interface SchemaNode {
  type?: string;
  title?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: SchemaNode[];
  items?: SchemaNode;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: boolean | SchemaNode;
  patternProperties?: Record<string, SchemaNode>;
  description?: string;
}

export function typeText(node: SchemaNode, indent = ''): string {
  if ('const' in node) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (node.anyOf) return node.anyOf.map((option) => typeText(option, indent)).join(' | ');
  switch (node.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return node.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeText(node.items ?? {}, indent);
      const isUnion = node.items?.anyOf !== undefined || !item.startsWith('{');
      return isUnion && /[ |]/.test(item) ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectText(node, indent);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`No TypeScript text for schema type ${node.type}`);
  }
}

function objectText(node: SchemaNode, indent: string): string {
  const [anyValue] = Object.values(node.patternProperties ?? {});
  if (!node.properties) return `Record<string, ${anyValue === undefined ? 'unknown' : typeText(anyValue, indent)}>`;
  const inner = `${indent}  `;
  const lines = Object.entries(node.properties).flatMap(([name, property]) => [
    ...(property.description ? [`${inner}/** ${property.description} */`] : []),
    `${inner}${name}${node.required?.includes(name) ? '' : '?'}: ${typeText(property, inner)};`,
  ]);
  return `{\n${lines.join('\n')}\n${indent}}`;
}
