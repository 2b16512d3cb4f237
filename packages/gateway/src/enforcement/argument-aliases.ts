import type { Json, JsonObject } from '@bailiff/contract';

/**
 * The first argument, as `path.to.Name`, whose name is none of the schema’s but would be one if case and Unicode’s compatible forms
 * were ignored; undefined where there is none. Some servers (Go’s encoding/json) read such an argument as the declared one, while
 * policy, which compares names exactly, saw it missing. Schemas are looked at through `properties` and `items` only.
 */
export function aliasedArgument(args: JsonObject, inputSchema: Json | undefined): string | undefined {
  return aliasWithin(args, inputSchema)?.join('.');
}

function aliasWithin(value: Json | undefined, schema: Json | undefined): string[] | undefined {
  if (!isObject(schema)) return undefined;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = aliasWithin(item, schema.items);
      if (found !== undefined) return [String(index), ...found];
    }
    return undefined;
  }
  if (!isObject(value) || !isObject(schema.properties)) return undefined;
  const { properties } = schema;
  let declared: ReadonlySet<string> | undefined; // Made for an argument that is not declared, which hardly any call has.
  for (const [name, member] of Object.entries(value)) {
    if (!Object.hasOwn(properties, name)) {
      declared ??= new Set(Object.keys(properties).map(folded));
      if (declared.has(folded(name))) return [name];
      continue;
    }
    const found = aliasWithin(member, properties[name]);
    if (found !== undefined) return [name, ...found];
  }
  return undefined;
}

/** Long s and the Kelvin sign, which Go folds too, are compatible forms of s and K. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
