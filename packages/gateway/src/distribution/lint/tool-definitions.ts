import { dirname, join } from 'node:path';
import type { Json } from '@bailiff/contract';
import type { Path } from '../analysis/syntax.ts';
import { isObject, valueAt } from '../sources/document.ts';
import { DATA_BYTES_MAX, type SourceTree } from '../sources/folder.ts';
import type { Pins } from './terms/pins.ts';

/** Server → tool → JSON Schema of its arguments. Only what was approved and kept is known. */
export type ToolDefinitions = ReadonlyMap<string, ReadonlyMap<string, Json>>;

const FILE = 'tool-definitions.yaml';

/** The definitions that `bailiff tools approve` keeps beside the pins; none where there are none that can be read. */
export async function readToolDefinitions(
  tree: SourceTree,
  pinsFile: string | undefined,
): Promise<ToolDefinitions> {
  if (pinsFile === undefined) return new Map();
  const document = await tree.document(join(dirname(pinsFile), FILE), DATA_BYTES_MAX);
  if (document.kind === 'refused' || !isObject(document.value.value)) return new Map();
  return new Map(
    Object.entries(document.value.value).flatMap(([server, tools]) =>
      isObject(tools) ? [[server, schemasOf(tools)] as const] : [],
    ),
  );
}

/** Whether every tool that a condition may be about requires an argument: then it is never missing. */
export function isRequired(argument: Path, pins: Pins, tools: ToolDefinitions): boolean {
  const schemas = schemasFor(argument, pins, tools);
  return schemas.length > 0 && schemas.every((schema) => requires(schema, argument));
}

/** The one JSON type that an argument has in every tool that a condition may be about; undefined where it is not known. */
export function typeOfArgument(argument: Path, pins: Pins, tools: ToolDefinitions): string | undefined {
  const types = schemasFor(argument, pins, tools).map((schema) => {
    const type = propertyOf(schema, argument, 'type');
    return type === 'integer' ? 'number' : type;
  });
  const [first] = types;
  return typeof first === 'string' && types.every((type) => type === first) ? first : undefined;
}

/** Schemas of the tools that are meant: those that are named, else those that have the argument. */
function schemasFor(argument: Path, { servers, names }: Pins, tools: ToolDefinitions): readonly Json[] {
  const meant = [...tools].filter(([server]) => servers === undefined || servers.has(server));
  if (names === undefined) {
    const [name = ''] = argument;
    return meant.flatMap(([, schemas]) =>
      [...schemas.values()].filter((schema) => valueAt(schema, ['properties', name]) !== undefined),
    );
  }
  const named = [...names].flatMap((name) => meant.map(([, schemas]) => schemas.get(name)));
  const known = named.filter((schema) => schema !== undefined);
  // A tool whose definition is not known may be called without anything.
  return known.length >= names.size ? known : [];
}

function requires(schema: Json, [name, ...below]: Path): boolean {
  if (name === undefined) return true;
  const required = valueAt(schema, ['required']);
  if (!Array.isArray(required) || !required.includes(name)) return false;
  const property = valueAt(schema, ['properties', name]);
  return below.length === 0 || (property !== undefined && requires(property, below));
}

function propertyOf(schema: Json, argument: Path, keyword: string): Json | undefined {
  return valueAt(schema, [...argument.flatMap((name) => ['properties', name]), keyword]);
}

function schemasOf(tools: { readonly [name: string]: Json }): ReadonlyMap<string, Json> {
  return new Map(
    Object.entries(tools).flatMap(([tool, definition]) => {
      const schema = valueAt(definition, ['inputSchema']);
      return schema === undefined ? [] : [[tool, schema] as const];
    }),
  );
}
