import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parse, parseDocument, stringify } from 'yaml';
import type { WrittenServer } from '../movable-server.ts';

/**
 * `bailiff.yaml` with more servers; every line that was there stays as it is, comments included.
 * @throws Error when its servers are written in a way that leaves no place for more.
 */
export function withServers(text: string, servers: Readonly<Record<string, WrittenServer>>): string {
  const result = inserted(text, servers);
  const before = (parse(text) ?? {}) as { servers?: object };
  const expected = { ...before, servers: { ...before.servers, ...servers } };
  if (!isDeepStrictEqual(parse(result), expected))
    throw new Error('Its servers are written in a way that cannot be added to.');
  return result;
}

/** The servers as they are written below `servers`. */
export function serversText(servers: Readonly<Record<string, WrittenServer>>, indent = '  '): string {
  return stringify(servers, { lineWidth: 0 }).replace(/^(?=.)/gm, indent);
}

function inserted(text: string, servers: Readonly<Record<string, WrittenServer>>): string {
  const { contents } = parseDocument(text);
  const lineEnd = text === '' || text.endsWith('\n') ? '' : '\n';
  const pair = isMap(contents)
    ? contents.items.find(({ key }) => isScalar(key) && key.value === 'servers')
    : undefined;
  if (pair === undefined) return `${text}${lineEnd}\nservers:\n${serversText(servers)}`;
  const key = (pair.key as { range: [number, number, number] }).range;
  const map = pair.value;
  if (isMap(map) && map.items.length > 0 && map.flow !== true) {
    const [first] = map.items;
    const [start] = (first?.key as { range: [number, number, number] }).range;
    const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const next = text.indexOf('\n', key[1]) + 1;
    return `${text.slice(0, next)}${serversText(servers, indent)}${text.slice(next)}`;
  }
  if (!isMap(map) || map.items.length > 0 || !map.range)
    throw new Error('Its servers are written in a way that cannot be added to.');
  const colon = text.indexOf(':', key[1]) + 1;
  const rest = text.slice(map.range[1]).replace(/^[ \t]*\n/, '');
  return `${text.slice(0, colon)}\n${serversText(servers)}${rest}`;
}
