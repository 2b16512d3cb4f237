/** The clients that are known, where each keeps its MCP servers, and how it wants one that is the gateway written down. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@bailiff/contract';

/** Where clients keep their files on this machine. */
export interface ClientPlaces {
  readonly home: string;
  /** The folder of the project, absolute. */
  readonly project: string;
  readonly platform: NodeJS.Platform;
  /** Variables by which a client’s folder is moved. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The places of whoever runs this, with the folder that it runs in as the project. */
export function ownPlaces(): ClientPlaces {
  return { home: homedir(), project: process.cwd(), platform: process.platform, environment: process.env };
}

export type Scope = 'project' | 'global';

export interface ClientFile {
  readonly path: string;
  readonly scope: Scope;
}

/** How a client reaches the gateway. `variable` is the environment variable that holds the credential, and never its value. */
export type Reach =
  | { readonly kind: 'http'; readonly url: string; readonly variable: string }
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly variable: string;
    };

/** The variable that `./bailiff stdio` takes its credential from. */
export const STDIO_CREDENTIAL = 'BAILIFF_TOKEN';

export interface Client {
  readonly id: string;
  readonly title: string;
  /** Key of the object that holds the servers. */
  readonly key: string;
  /** Where it looks for servers. At most one file of a scope. */
  readonly files: (places: ClientPlaces) => readonly ClientFile[];
  /** How a value in the file names an environment variable; undefined where a file can only hold the value itself. */
  readonly reference?: (variable: string) => string;
  /** Its entry for the gateway, without any secret. */
  readonly entry: (reach: Reach, reference: string) => JsonObject;
  /** Whether an entry’s `url` means the older HTTP+SSE transport. */
  readonly urlIsSse?: true;
}

const bearer = (reference: string) => ({ Authorization: `Bearer ${reference}` });

/** The entry most clients agree on; `http` is what each calls the type and the address. */
const entryWith =
  (http: (url: string) => JsonObject, stdio: JsonObject = {}) =>
  (reach: Reach, reference: string): JsonObject =>
    reach.kind === 'http'
      ? { ...http(reach.url), headers: bearer(reference) }
      : { ...stdio, command: reach.command, args: reach.args, env: { [STDIO_CREDENTIAL]: reference } };

const braces = (variable: string) => `\${${variable}}`;
const bracesEnv = (variable: string) => `\${env:${variable}}`;

/** Folder of applications’ settings, as Electron has it. */
function settingsFolder({ home, platform, environment }: ClientPlaces): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return environment.APPDATA ?? join(home, 'AppData', 'Roaming');
  return environment.XDG_CONFIG_HOME ?? join(home, '.config');
}

/** Id of the input that VS Code asks for once and keeps in its own secret store. */
export const VSCODE_INPUT = {
  type: 'promptString',
  id: 'bailiff-token',
  description: 'Credential for the Bailiff gateway',
  password: true,
} as const;

/** Clients that `connect` knows to be connected, by the name that is typed. */
export const CONNECTABLE = ['claude-code', 'cursor', 'vscode', 'windsurf', 'inspector'] as const;

/** Every client whose files are known, connectable or not. */
export const CLIENTS: readonly Client[] = [
  {
    // https://code.claude.com/docs/en/mcp
    id: 'claude-code',
    title: 'Claude Code',
    key: 'mcpServers',
    files: ({ home, project, environment }) => [
      { path: join(project, '.mcp.json'), scope: 'project' },
      { path: join(environment.CLAUDE_CONFIG_DIR ?? home, '.claude.json'), scope: 'global' },
    ],
    reference: braces,
    entry: entryWith((url) => ({ type: 'http', url }), { type: 'stdio' }),
  },
  {
    // https://cursor.com/docs/mcp
    id: 'cursor',
    title: 'Cursor',
    key: 'mcpServers',
    files: ({ home, project }) => [
      { path: join(project, '.cursor', 'mcp.json'), scope: 'project' },
      { path: join(home, '.cursor', 'mcp.json'), scope: 'global' },
    ],
    reference: bracesEnv,
    entry: entryWith((url) => ({ url })),
  },
  {
    // https://code.visualstudio.com/docs/agents/reference/mcp-configuration
    id: 'vscode',
    title: 'VS Code',
    key: 'servers',
    files: (places) => [
      { path: join(places.project, '.vscode', 'mcp.json'), scope: 'project' },
      { path: join(settingsFolder(places), 'Code', 'User', 'mcp.json'), scope: 'global' },
    ],
    reference: bracesEnv,
    entry: entryWith((url) => ({ type: 'http', url }), { type: 'stdio' }),
  },
  {
    // https://docs.windsurf.com/windsurf/cascade/mcp: one file for everything, and `url` is not read.
    id: 'windsurf',
    title: 'Windsurf',
    key: 'mcpServers',
    files: ({ home }) => [{ path: join(home, '.codeium', 'windsurf', 'mcp_config.json'), scope: 'global' }],
    reference: bracesEnv,
    entry: entryWith((url) => ({ serverUrl: url })),
  },
  {
    // https://github.com/modelcontextprotocol/inspector, docs/mcp-server-configuration.md
    id: 'inspector',
    title: 'MCP Inspector',
    key: 'mcpServers',
    files: ({ home, environment }) => [
      {
        path: environment.MCP_CATALOG_PATH ?? join(home, '.mcp-inspector', 'mcp.json'),
        scope: 'global',
      },
    ],
    entry: (reach) =>
      reach.kind === 'http'
        ? { type: 'http', url: reach.url }
        : { type: 'stdio', command: reach.command, args: reach.args },
  },
  {
    // It starts servers with what its file says and little else, so that no credential can be named.
    id: 'claude-desktop',
    title: 'Claude Desktop',
    key: 'mcpServers',
    files: (places) => [
      { path: join(settingsFolder(places), 'Claude', 'claude_desktop_config.json'), scope: 'global' },
    ],
    entry: (reach) =>
      reach.kind === 'http' ? { url: reach.url } : { command: reach.command, args: reach.args },
  },
  {
    // https://geminicli.com/docs/tools/mcp-server
    id: 'gemini-cli',
    title: 'Gemini CLI',
    key: 'mcpServers',
    files: ({ home, project }) => [
      { path: join(project, '.gemini', 'settings.json'), scope: 'project' },
      { path: join(home, '.gemini', 'settings.json'), scope: 'global' },
    ],
    reference: braces,
    entry: entryWith((url) => ({ httpUrl: url })),
    urlIsSse: true,
  },
];

/** The client of a name. @throws Error for a name that is none of theirs. */
export function clientOf(id: string): Client {
  const client = CLIENTS.find((known) => known.id === id);
  if (client === undefined) throw new Error(`There is no client ${id}.`);
  return client;
}
