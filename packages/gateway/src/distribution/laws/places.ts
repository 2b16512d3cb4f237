import type { Json, JsonObject } from '@bailiff/contract';

/** JSON Pointers of every value below the root, objects and arrays themselves included. */
export function placesOf(value: Json, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = `${prefix}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [place, ...placesOf(inner as Json, place)];
  });
}

/** A copy with the value at a JSON Pointer replaced, or removed where `replacement` is undefined. */
export function withValueAt<Value extends Json>(
  value: Value,
  place: string,
  replacement: Json | undefined,
): Value {
  const [first = '', ...rest] = place.slice(1).split('/');
  const key = first.replaceAll('~1', '/').replaceAll('~0', '~');
  const below = (value as JsonObject)[key] as Json;
  const inner = rest.length === 0 ? replacement : withValueAt(below, `/${rest.join('/')}`, replacement);
  if (Array.isArray(value)) {
    return value.flatMap((element, position) =>
      String(position) !== key ? [element] : inner === undefined ? [] : [inner],
    ) as unknown as Value;
  }
  const { [key]: _gone, ...others } = value as JsonObject;
  return (inner === undefined ? others : { ...others, [key]: inner }) as unknown as Value;
}

/**
 * Places that hold a fact about a call, of which none may be missing or null. What stands below arguments, results, flags
 * and usage is named by others and may be anything.
 */
export function factPlacesOf(input: JsonObject): string[] {
  return placesOf({ ...input, approval: null }).filter(
    (place) =>
      !/^\/action\/args\/|^\/environment\/flags\/|^\/usage\/|^\/result|^\/approval$|\/\d+$/.test(place),
  );
}
