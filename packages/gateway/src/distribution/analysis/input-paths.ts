import { Input } from '@bailiff/contract';
import { z } from 'zod';
import { nearestName } from '../sources/words/nearest-name.ts';
import { isWithin, type Path } from './syntax.ts';

/** What a grant may not depend on. A path above one of these depends on it too. */
const REFUSED_TO_GRANTS: readonly Path[] = [
  ['input', 'action', 'args'],
  ['input', 'context'],
  ['input', 'usage'],
];

/** What the caller sent and what an upstream gave back. */
const PAYLOADS: readonly Path[] = [
  ['input', 'action', 'args'],
  ['input', 'result'],
];

/** A part of the input’s JSON Schema. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
}

let inputSchema: Schema | undefined;

/** Whether a grant may not read a path: arguments, context, usage, or anything that holds one of them. */
export function isRefusedToGrants(path: Path): boolean {
  return REFUSED_TO_GRANTS.some((refused) => isWithin(path, refused) || isWithin(refused, path));
}

/** Whether reading a path may show a caller’s arguments or an upstream’s result. */
export function mayHoldPayload(path: Path): boolean {
  return PAYLOADS.some((payload) => isWithin(path, payload) || isWithin(payload, path));
}

/** Whether every valid input has something at this path, so that its absence cannot be what a rule observes. */
export function isAlwaysPresent(path: Path): boolean {
  let schema: Schema | undefined = schemaOfInput();
  for (const element of path.slice(1)) {
    if (schema?.required?.includes(element) !== true) return false;
    schema = schema.properties?.[element];
  }
  return schema !== undefined;
}

/** Whether no valid input can have anything at this path, so that a rule that compares it never fires. */
export function isUnknownToInput(path: Path): boolean {
  return schemasAt(path).length === 0;
}

/**
 * A path that no input has, with its first wrong name put right, or put below the one object of the input that has a field of that
 * name; undefined where no name is near, and none or several are elsewhere.
 */
export function nearestInputPath(path: Path): Path | undefined {
  const at = path.findIndex((_element, position) => isUnknownToInput(path.slice(0, position + 1)));
  const names =
    at < 1 ? [] : schemasAt(path.slice(0, at)).flatMap(({ properties }) => Object.keys(properties ?? {}));
  const near = nearestName(path[at] ?? '', names);
  if (near !== undefined) return path.with(at, near);
  if (at !== 1) return undefined;
  const [field = ''] = path.slice(1);
  const [moved, ...others] = Object.keys(schemaOfInput().properties ?? {})
    .filter((object) =>
      schemasAt(['input', object]).some(({ properties }) => Object.hasOwn(properties ?? {}, field)),
    )
    .map((object) => ['input', object, ...path.slice(1)])
    .filter((candidate) => !isUnknownToInput(candidate));
  return others.length === 0 ? moved : undefined;
}

/** What the schema of the input allows at a path, each alternative apart; nothing where no valid input has it. */
export function schemasAt(path: Path): readonly Schema[] {
  let schemas: readonly Schema[] = [schemaOfInput()];
  for (const element of path.slice(1)) schemas = schemas.flatMap((schema) => below(schema, element));
  return schemas.flatMap((schema) => schema.anyOf ?? [schema]);
}

function below(schema: Schema, element: string): readonly Schema[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((option) => below(option, element));
  const property = schema.properties;
  if (property !== undefined && Object.hasOwn(property, element)) return [property[element] ?? {}];
  if (typeof schema.additionalProperties === 'object') return [schema.additionalProperties];
  // Without a type anything may stand there; scalars and closed objects have nothing below them.
  return schema.type === undefined || schema.additionalProperties === true ? [{}] : [];
}

/** Made on first use: importing this file does nothing. */
function schemaOfInput(): Schema {
  inputSchema ??= z.toJSONSchema(Input, { io: 'output', reused: 'inline', unrepresentable: 'any' }) as Schema;
  return inputSchema;
}
