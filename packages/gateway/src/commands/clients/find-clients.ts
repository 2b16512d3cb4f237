import { join } from 'node:path';
import type { Json, JsonObject } from '@bailiff/contract';
import { type Launch, launchOf } from './client-entry.ts';
import { CLIENTS, type Client, type ClientPlaces, type Scope } from './client-formats.ts';
import { memberAt } from './edit-client.ts';
import { type Place, readClientFile } from './files/client-file.ts';
import { codexServers } from './files/codex-servers.ts';
import { parseJsonText } from './files/json-text.ts';
import { type GatewayAddress, goesThrough } from './gateway-address.ts';

/** One server in a client’s configuration. */
export interface FoundServer {
  readonly client: string;
  /** Name of the client for people. */
  readonly title: string;
  readonly place: Place;
  /** Keys that lead to the client’s servers in the file. */
  readonly keys: readonly string[];
  readonly name: string;
  readonly entry: Json;
  readonly launch: Launch;
  readonly isThrough: boolean;
  /** Folder in which the client would start it, where that is known. */
  readonly folder: string;
}

/** A file that may hold servers and could not be read. `detail` continues a sentence that begins with the path. */
export interface UnreadFile {
  readonly title: string;
  readonly path: string;
  readonly detail: string;
}

export interface FoundClients {
  readonly servers: readonly FoundServer[];
  readonly unread: readonly UnreadFile[];
}

/** Every MCP server that the known clients have in the home folder and in the project’s. Reads only; never throws. */
export async function findClients(places: ClientPlaces, gateway: GatewayAddress): Promise<FoundClients> {
  const servers: FoundServer[] = [];
  const unread: UnreadFile[] = [];
  const seen = new Set<string>();
  for (const source of sourcesOf(places)) {
    const { client, place } = source;
    const content = await readClientFile(place);
    if (content.kind === 'absent') continue;
    if (content.kind === 'unreadable') {
      unread.push({ title: client.title, path: place.path, detail: content.detail });
      continue;
    }
    // In the home folder, the file of the project is the file of the user.
    if (seen.has(`${client.id} ${content.path}`)) continue;
    seen.add(`${client.id} ${content.path}`);
    const { sections, problem } = source.sections(content.text);
    if (problem !== undefined) unread.push({ title: client.title, path: place.path, detail: problem });
    for (const { keys, servers: entries, folder } of sections) {
      for (const [name, entry] of entries) {
        const launch = launchOf(entry, client.urlIsSse);
        const isThrough = goesThrough(launch, gateway);
        servers.push({
          client: client.id,
          title: client.title,
          place,
          keys,
          name,
          entry,
          launch,
          isThrough,
          folder,
        });
      }
    }
  }
  return { servers, unread };
}

interface Section {
  readonly keys: readonly string[];
  readonly servers: Iterable<readonly [string, Json]>;
  readonly folder: string;
}

interface Sections {
  readonly sections: readonly Section[];
  readonly problem?: string;
}

interface Source {
  readonly client: Pick<Client, 'id' | 'title' | 'urlIsSse'>;
  readonly place: Place;
  readonly sections: (text: string) => Sections;
}

function sourcesOf(places: ClientPlaces): Source[] {
  const json = CLIENTS.flatMap((client) =>
    client.files(places).map((file): Source => {
      const folder = file.scope === 'project' ? places.project : places.home;
      const place = { ...file, project: places.project };
      return { client, place, sections: (text) => jsonSections(client, text, folder) };
    }),
  );
  const codexHome = places.environment.CODEX_HOME ?? join(places.home, '.codex');
  const codexFiles: readonly (readonly [Scope, string, string])[] = [
    ['project', join(places.project, '.codex'), places.project],
    ['global', codexHome, places.home],
  ];
  const codex = codexFiles.map(([scope, at, folder]): Source => {
    const place = { path: join(at, 'config.toml'), scope, project: places.project };
    return {
      client: { id: 'codex', title: 'Codex' },
      place,
      sections: (text) => codexSections(text, folder),
    };
  });
  return [...json, ...codex];
}

function jsonSections(client: Client, text: string, folder: string): Sections {
  const parsed = parseJsonText(text);
  if (parsed.kind === 'broken') return { sections: [], problem: `cannot be read: ${parsed.detail}` };
  const at = (keys: readonly string[], root: string): Section[] => {
    const servers = memberAt(parsed.value, keys);
    return isObject(servers) ? [{ keys, servers: Object.entries(servers), folder: root }] : [];
  };
  const own = at([client.key], folder);
  if (client.id !== 'claude-code') return { sections: own };
  // What `claude mcp add` adds by default: the user’s own servers of one project.
  const projects = memberAt(parsed.value, ['projects']);
  const names = isObject(projects) ? Object.keys(projects) : [];
  return { sections: [...own, ...names.flatMap((name) => at(['projects', name, client.key], name))] };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function codexSections(text: string, folder: string): Sections {
  const { servers, isPartial } = codexServers(text);
  return {
    sections: [{ keys: ['mcp_servers'], servers, folder }],
    ...(isPartial ? { problem: 'holds servers in a form that is not understood here' } : {}),
  };
}
