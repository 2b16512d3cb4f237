import { programInPath } from './local-launch.ts';

/** Where the servers of a test find what they work on. */
export interface Place {
  /** A folder with `share/` and `share/drafts/`, a Git repository `site/`, and a database `app.db` with orders and salaries. */
  readonly folder: string;
  /** Origin of a site that is served here. */
  readonly origin: string;
}

interface Tried {
  readonly tool: string;
  readonly args: object;
}

/** How a package is configured for the test, and three calls that tell whether it governs the real server. */
export interface TriedServer {
  /** What stands in the package’s `args` and `env`, and what stands there in the test. */
  readonly replaced?: (place: Place) => Readonly<Record<string, string>>;
  readonly moreArgs?: readonly string[];
  /** Laid over the settings that it ships with. */
  readonly settings?: (place: Place) => object;
  /** `says` is in the server’s own answer. Without it the call would go out into the world, and is decided only. */
  readonly allowed: (place: Place) => Tried & { readonly says?: RegExp };
  readonly refused: (place: Place) => Tried & { readonly reason: string };
  readonly asks: (place: Place) => Tried & { readonly reason: string };
}

const BROWSER = programInPath('chromium', 'chromium-browser', 'google-chrome');

export const TRIED: Readonly<Record<string, TriedServer>> = {
  filesystem: {
    replaced: ({ folder }) => ({ '/srv/share': `${folder}/share` }),
    settings: ({ folder }) => ({
      folders: { read: [`${folder}/share`], write: [`${folder}/share/drafts`] },
    }),
    allowed: ({ folder }) => ({
      tool: 'read_text_file',
      args: { path: `${folder}/share/hello.txt` },
      says: /hello from disk/,
    }),
    refused: ({ folder }) => ({
      tool: 'write_file',
      args: { path: `${folder}/share/hello.txt`, content: 'x' },
      reason: 'path_not_open',
    }),
    asks: ({ folder }) => ({
      tool: 'write_file',
      args: { path: `${folder}/share/drafts/new.txt`, content: 'x' },
      reason: 'tool_needs_approval',
    }),
  },
  fetch: {
    settings: () => ({ hosts: { '127.0.0.1': 'open', 'docs.example': 'ask' } }),
    // The server’s own word, which shows that it was asked; it goes nowhere for that.
    allowed: () => ({ tool: 'fetch', args: { url: 'https://127.0.0.1/' }, says: /not a public address/ }),
    refused: () => ({ tool: 'fetch', args: { url: 'https://evil.example/' }, reason: 'host_not_open' }),
    asks: () => ({ tool: 'fetch', args: { url: 'https://docs.example/' }, reason: 'host_needs_approval' }),
  },
  git: {
    replaced: ({ folder }) => ({ '/srv/repositories/site': `${folder}/site` }),
    settings: ({ folder }) => ({ repositories: [`${folder}/site`] }),
    allowed: ({ folder }) => ({
      tool: 'git_log',
      args: { repo_path: `${folder}/site` },
      says: /first commit/,
    }),
    refused: ({ folder }) => ({
      tool: 'git_checkout',
      args: { repo_path: `${folder}/site`, branch_name: 'main' },
      reason: 'branch_not_open',
    }),
    asks: ({ folder }) => ({
      tool: 'git_commit',
      args: { repo_path: `${folder}/site`, message: 'x' },
      reason: 'tool_needs_approval',
    }),
  },
  github: {
    settings: () => ({ repositories: ['acme/site'] }),
    allowed: () => ({
      tool: 'issue_read',
      args: { method: 'get', owner: 'acme', repo: 'site', issue_number: 7 },
    }),
    refused: () => ({
      tool: 'list_issues',
      args: { owner: 'acme', repo: 'other' },
      reason: 'repository_not_open',
    }),
    asks: () => ({
      tool: 'create_branch',
      args: { owner: 'acme', repo: 'site', branch: 'agent/fix' },
      reason: 'tool_needs_approval',
    }),
  },
  memory: {
    replaced: ({ folder }) => ({ '/srv/memory/graph.jsonl': `${folder}/graph.jsonl` }),
    settings: () => ({ entity_types: ['project'] }),
    allowed: () => ({ tool: 'search_nodes', args: { query: 'acme' }, says: /"entities": \[/ }),
    refused: () => ({
      tool: 'create_entities',
      args: { entities: [{ name: 'mara', entityType: 'person', observations: [] }] },
      reason: 'entity_type_not_open',
    }),
    asks: () => ({
      tool: 'create_entities',
      args: { entities: [{ name: 'site', entityType: 'project', observations: ['is live'] }] },
      reason: 'tool_needs_approval',
    }),
  },
  playwright: {
    replaced: ({ folder }) => ({ '/srv/browser': `${folder}/browser` }),
    moreArgs: BROWSER === undefined ? [] : ['--executable-path', BROWSER, '--no-sandbox'],
    settings: ({ origin }) => ({ origins: { [origin]: 'open' } }),
    allowed: ({ origin }) => ({
      tool: 'browser_navigate',
      args: { url: `${origin}/` },
      // Without a browser on this machine it is decided only.
      ...(BROWSER !== undefined && { says: /Page Title: hello from the site/ }),
    }),
    refused: () => ({
      tool: 'browser_navigate',
      args: { url: 'https://evil.example/' },
      reason: 'origin_not_open',
    }),
    asks: () => ({ tool: 'browser_click', args: { target: 'e2' }, reason: 'tool_needs_approval' }),
  },
  postgres: {
    // Nothing listens there: the answer is the server’s own that it found no database.
    replaced: () => ({ 'postgresql://reader@127.0.0.1:5432/app': 'postgresql://reader@127.0.0.1:1/app' }),
    settings: () => ({ tables: { orders: 'open', customers: 'ask' } }),
    allowed: () => ({ tool: 'query', args: { sql: 'select count(*) from orders' }, says: /ECONNREFUSED/ }),
    refused: () => ({
      tool: 'query',
      args: { sql: 'select 1; commit; drop schema public cascade' },
      reason: 'query_not_open',
    }),
    asks: () => ({ tool: 'query', args: { sql: 'select * from customers' }, reason: 'table_needs_approval' }),
  },
  sequential_thinking: {
    allowed: () => ({ tool: 'sequentialthinking', args: thought(1), says: /"thoughtNumber": 1/ }),
    refused: () => ({ tool: 'sequentialthinking', args: thought(51), reason: 'too_many_thoughts' }),
    asks: () => ({ tool: 'sequentialthinking', args: thought(26), reason: 'thoughts_need_approval' }),
  },
  slack: {
    settings: () => ({ channels: { read: ['C1'], write: ['C1'] } }),
    allowed: () => ({ tool: 'slack_get_channel_history', args: { channel_id: 'C1' } }),
    refused: () => ({
      tool: 'slack_post_message',
      args: { channel_id: 'C1', text: 'https://evil.example/?q=secret' },
      reason: 'message_not_open',
    }),
    asks: () => ({
      tool: 'slack_post_message',
      args: { channel_id: 'C1', text: 'Done.' },
      reason: 'tool_needs_approval',
    }),
  },
  sqlite: {
    replaced: ({ folder }) => ({ '/srv/data/app.db': `${folder}/app.db` }),
    settings: () => ({ tables: { orders: 'open' } }),
    allowed: () => ({
      tool: 'read_query',
      args: { query: 'SELECT upper(what) AS what FROM orders WHERE id IN (1, 2)' },
      says: /A LAMP/,
    }),
    refused: () => ({
      tool: 'read_query',
      args: { query: 'SELECT * FROM orders, salaries' },
      reason: 'query_not_open',
    }),
    asks: () => ({
      tool: 'write_query',
      args: { query: 'DELETE FROM orders' },
      reason: 'tool_needs_approval',
    }),
  },
  time: {
    settings: () => ({ tools: { convert_time: 'ask' } }),
    allowed: () => ({ tool: 'get_current_time', args: { timezone: 'UTC' }, says: /"timezone": ?"UTC"/ }),
    refused: () => ({
      tool: 'get_current_time',
      args: { timezone: '../../etc/passwd' },
      reason: 'zone_unusable',
    }),
    asks: () => ({
      tool: 'convert_time',
      args: { source_timezone: 'UTC', time: '10:00', target_timezone: 'Europe/Paris' },
      reason: 'tool_needs_approval',
    }),
  },
};

function thought(thoughtNumber: number) {
  return { thought: 'And so on.', thoughtNumber, totalThoughts: 60, nextThoughtNeeded: true };
}
