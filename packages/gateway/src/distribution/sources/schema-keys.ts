import type { z } from 'zod';
import type { DocumentPath } from './document.ts';

/** Keys that a schema knows at a path of a document; of all its alternatives. None where it takes any. */
export function keysAt(schema: z.ZodType, path: DocumentPath): readonly string[] {
  let schemas = opened(schema);
  for (const part of path) schemas = schemas.flatMap((one) => below(one, String(part))).flatMap(opened);
  return [
    ...new Set(schemas.flatMap(({ _zod: { def } }) => (isObjectDef(def) ? Object.keys(def.shape) : []))),
  ];
}

type Schema = z.core.$ZodTypes;
type Definition = Schema['_zod']['def'];

function isObjectDef(def: Definition): def is z.core.$ZodObjectDef {
  return def.type === 'object';
}

function below({ _zod: { def } }: Schema, part: string): readonly z.core.$ZodType[] {
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, part) ? [def.shape[part]].filter((one) => one !== undefined) : [];
    case 'record':
      return [def.valueType];
    case 'array':
      return [def.element];
    default:
      return [];
  }
}

/** What stands behind defaults, options, pipes and unions. */
function opened(schema: z.core.$ZodType): readonly Schema[] {
  const { def } = (schema as Schema)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return opened(def.innerType);
    case 'pipe':
      return [...opened(def.in), ...opened(def.out)];
    case 'union':
      return def.options.flatMap(opened);
    default:
      return [schema as Schema];
  }
}
