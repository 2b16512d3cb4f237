import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { type CrmDatabase, type Row, SOURCES, type Source, TABLES } from './crm-database.ts';

/** How many rows a tool gives when it is not told. */
const ROWS = 20;

const rows = z.int().min(1).max(10_000).default(ROWS).describe('Most rows to return.');
const id = z.int().min(1).describe('The customer number.');
const table = z.enum(TABLES);
const anyRow = z.record(z.string(), z.unknown());

const READS = { readOnlyHint: true, openWorldHint: false };
const WRITES = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const DESTROYS = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };
const SENDS = { readOnlyHint: false, destructiveHint: false, openWorldHint: true };

/** The CRM as an MCP server. It does what it is told: whether it may be told is for policy. */
export function createCrmServer(database: CrmDatabase, clock: () => number): McpServer {
  const server = new McpServer({ name: 'acme-crm', version: '1.0.0' });
  addReadingTools(server, database);
  addBulkTools(server, database);
  addChangingTools(server, database, clock);
  addResources(server, database);
  return server;
}

function addReadingTools(server: McpServer, database: CrmDatabase): void {
  server.registerTool(
    'read',
    {
      title: 'Read a customer',
      description: 'One customer with the latest notes about them.',
      inputSchema: { id, rows },
      outputSchema: { customer: anyRow, interactions: z.array(anyRow) },
      annotations: READS,
    },
    (asked) => {
      const customer = found(database.customer(asked.id), asked.id);
      return structured({ customer, interactions: database.interactions(asked.id, asked.rows) });
    },
  );
  server.registerTool(
    'search',
    {
      title: 'Search for customers',
      description: 'Customers whose name, address or city holds a text.',
      inputSchema: { text: z.string(), rows },
      outputSchema: { rows: z.array(anyRow) },
      annotations: READS,
    },
    (asked) => structured({ rows: database.search(asked.text, asked.rows) }),
  );
  server.registerTool(
    'list',
    {
      title: 'List rows of a table',
      description: 'The first rows of a table.',
      inputSchema: { table, rows },
      outputSchema: { rows: z.array(anyRow) },
      annotations: READS,
    },
    (asked) => structured({ rows: database.list(asked.table, asked.rows) }),
  );
}

function addBulkTools(server: McpServer, database: CrmDatabase): void {
  server.registerTool(
    'export',
    {
      title: 'Export rows of a table as CSV',
      description: 'Rows of a table as CSV; all of them when no number is given.',
      inputSchema: { table, rows: rows.default(10_000) },
      annotations: READS,
    },
    (asked) => {
      const found = database.list(asked.table, asked.rows);
      return {
        content: [{ type: 'text', text: csvOf(found) }, note(`${found.length} rows of ${asked.table}.`)],
      };
    },
  );
  server.registerTool(
    'query',
    {
      title: 'Run SQL',
      description: 'Runs one SQL statement on a data source. It sees the tables of that source only.',
      inputSchema: { source: z.enum(Object.keys(SOURCES) as [Source, ...Source[]]), sql: z.string(), rows },
      outputSchema: { rows: z.array(anyRow) },
      annotations: DESTROYS,
    },
    (asked) => structured({ rows: database.query(asked.source, asked.sql, asked.rows) }),
  );
}

function addChangingTools(server: McpServer, database: CrmDatabase, clock: () => number): void {
  server.registerTool(
    'update_contact',
    {
      title: "Change a customer's contact details",
      description: 'Sets the mail address, the phone number, or both.',
      inputSchema: { id, email: z.email().optional(), phone: z.string().min(5).max(40).optional() },
      outputSchema: { customer: anyRow },
      annotations: WRITES,
    },
    (asked) => structured({ customer: found(database.updateContact(asked.id, asked), asked.id) }),
  );
  server.registerTool(
    'delete_customer',
    {
      title: 'Delete a customer',
      description: 'Deletes a customer and every note about them. It cannot be undone.',
      inputSchema: { id },
      annotations: DESTROYS,
    },
    (asked) => {
      if (!database.deleteCustomer(asked.id)) throw new Error(`There is no customer ${asked.id}.`);
      return { content: [note(`Customer ${asked.id} is deleted.`)] };
    },
  );
  server.registerTool(
    'send_email',
    {
      title: 'Send mail',
      description: 'Writes a mail to the outbox, from where it is sent.',
      inputSchema: {
        to: z.array(z.string()).min(1),
        subject: z.string().max(200),
        body: z.string().max(20_000),
      },
      outputSchema: { mail: z.int() },
      annotations: SENDS,
    },
    (asked) => structured({ mail: database.writeMail({ ...asked, at: new Date(clock()).toISOString() }) }),
  );
}

function addResources(server: McpServer, database: CrmDatabase): void {
  server.registerResource(
    'customer',
    new ResourceTemplate('crm://customers/{id}', { list: undefined }),
    { title: 'One customer', description: 'A customer by number.', mimeType: 'application/json' },
    (uri, { id: asked }) => {
      const customer = found(database.customer(Number(asked)), String(asked));
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(customer) }] };
    },
  );
  server.registerResource(
    'products',
    'crm://products',
    { title: 'Product list', description: 'What Acme sells.', mimeType: 'application/json' },
    (uri) => {
      const text = JSON.stringify(database.list('products', 10_000));
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
}

function found(row: Row | undefined, asked: number | string): Row {
  if (row === undefined) throw new Error(`There is no customer ${asked}.`);
  return row;
}

/** Structured content, and the same as text for clients that read only that. */
function structured(content: Record<string, unknown>): CallToolResult {
  return { content: [note(JSON.stringify(content))], structuredContent: content };
}

function note(text: string): { type: 'text'; text: string } {
  return { type: 'text', text };
}

/** RFC 4180, with a header of column names. */
function csvOf(found: readonly Row[]): string {
  const columns = Object.keys(found[0] ?? {});
  const lines = found.map((row) => columns.map((column) => quoted(String(row[column]))).join(','));
  return [columns.join(','), ...lines].join('\r\n');
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
