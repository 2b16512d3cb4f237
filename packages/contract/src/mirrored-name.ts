/** What a request of the 2026-07-28 revision acts on: the parameter that the header `Mcp-Name` repeats, by method. */
const NAMED_BY: ReadonlyMap<string, 'name' | 'uri' | 'taskId'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

/** Which parameter of a method the header `Mcp-Name` repeats; undefined where it has no such header. */
export function namedParameterOf(method: string): 'name' | 'uri' | 'taskId' | undefined {
  return NAMED_BY.get(method);
}

/** What the header `Mcp-Name` says of a request, before it is encoded for a header; undefined where it has none. */
export function nameHeaderOf(
  method: string,
  params: { readonly [key: string]: unknown },
): string | undefined {
  const by = namedParameterOf(method);
  const name = by === undefined || !Object.hasOwn(params, by) ? undefined : params[by];
  return typeof name === 'string' ? name : undefined;
}
