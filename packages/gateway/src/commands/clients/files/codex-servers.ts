import type { Json, JsonObject } from '@bailiff/contract';

/** Codex’s servers by name, as entries like other clients’, and whether there was something about servers that was not understood. */
export interface CodexServers {
  readonly servers: ReadonlyMap<string, JsonObject>;
  readonly isPartial: boolean;
}

const TABLE = /^\[mcp_servers\.(?:"([^"\\]+)"|([\w-]+))(?:\.(env|http_headers|env_http_headers))?\]$/;
/** Strings that TOML and JSON write alike. */
const PAIR = /^(?:"([^"\\]+)"|([\w-]+))\s*=\s*(.+)$/;

/**
 * Reads the tables `[mcp_servers.NAME]` of `config.toml`, as `codex mcp add` writes them. It is no TOML parser: it serves to
 * tell what is there, and never to write.
 */
export function codexServers(text: string): CodexServers {
  const tables = new Map<string, Map<string, Json>>();
  let current: Map<string, Json> | undefined;
  let isPartial = false;
  for (const line of joined(text)) {
    if (line.startsWith('[')) {
      const [, quoted, bare, part] = TABLE.exec(line) ?? [];
      const name = quoted ?? bare;
      if (name === undefined && /\bmcp_servers\b/.test(line) && line !== '[mcp_servers]') isPartial = true;
      current =
        name === undefined ? undefined : tableOf(tables, part === undefined ? name : `${name}\n${part}`);
      if (line === '[mcp_servers]') isPartial = true;
      continue;
    }
    const [, quoted, bare, written = ''] = PAIR.exec(line) ?? [];
    const value = tomlValue(written);
    if (current === undefined) isPartial ||= /^mcp_servers\b/.test(line);
    else if (value === undefined) isPartial = true;
    else current.set(quoted ?? bare ?? '', value);
  }
  const names = [...tables.keys()].filter((name) => !name.includes('\n'));
  return { servers: new Map(names.map((name) => [name, entryOf(tables, name)])), isPartial };
}

/** Lines without comments; an array over several lines as one. */
function joined(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const raw of text.split('\n')) {
    const line = `${open}${raw.replace(/("(?:[^"\\]|\\.)*"|'[^']*')|#.*$/g, '$1').trim()}`;
    const isOpen = /=\s*\[/.test(line) && !line.endsWith(']');
    open = isOpen ? `${line} ` : '';
    if (!isOpen && line !== '') lines.push(line);
  }
  return lines;
}

function tableOf(tables: Map<string, Map<string, Json>>, name: string): Map<string, Json> {
  const table = tables.get(name) ?? new Map<string, Json>();
  tables.set(name, table);
  return table;
}

function tomlValue(written: string): Json | undefined {
  const json = written
    .replace(/'([^']*)'/g, (_all, inner: string) => JSON.stringify(inner))
    .replace(/,\s*\]$/, ']');
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}

function entryOf(tables: ReadonlyMap<string, ReadonlyMap<string, Json>>, name: string): JsonObject {
  const part = (of: string) => Object.fromEntries(tables.get(`${name}\n${of}`) ?? []);
  const { bearer_token_env_var: variable, ...own } = Object.fromEntries(tables.get(name) ?? []);
  const fromEnvironment = Object.entries(part('env_http_headers')).map(([header, env]) => [
    header,
    `\${${String(env)}}`,
  ]);
  const headers = {
    ...part('http_headers'),
    ...Object.fromEntries(fromEnvironment),
    ...(typeof variable === 'string' ? { Authorization: `Bearer \${${variable}}` } : {}),
  };
  const env = part('env');
  return {
    ...own,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  };
}
