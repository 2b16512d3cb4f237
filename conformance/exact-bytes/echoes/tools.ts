/** Tools of every server that echoes: plain ones, one whose name has two Unicode forms, and one that objects inherit. */
export const TOOLS = ['echo', 'read', 'delete_file', 'caf\u00e9', 'constructor'] as const;

const ABOUT = { name: 'echo', version: '1.0.0' };
const tools = TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } }));

/** What the servers answer to everything but calls, by path and method: the two eras of the protocol, one path each. */
export const TABLES = {
  '/session': {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: ABOUT },
    'tools/list': { tools },
    ping: {},
  },
  '/stateless': {
    'server/discover': {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: {} },
      ttlMs: 60_000,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': ABOUT },
    },
    'tools/list': { resultType: 'complete', tools, ttlMs: 60_000, cacheScope: 'private' },
  },
} as const;
