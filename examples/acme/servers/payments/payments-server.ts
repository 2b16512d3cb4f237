import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { PaymentsDatabase } from './payments-database.ts';

const customerId = z.int().min(1).describe('The customer number.');
const amountCents = z.int().min(1).describe('In cents: 1250 is 12.50 euros.');
const anyRow = z.record(z.string(), z.unknown());

const READS = { readOnlyHint: true, openWorldHint: false };
const MOVES_MONEY = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: false,
};

/** The payments desk as an MCP server. It does what it is told: whether it may be told is for policy. */
export function createPaymentsServer(database: PaymentsDatabase, clock: () => number): McpServer {
  const server = new McpServer({ name: 'acme-payments', version: '1.0.0' });
  addReadingTools(server, database);
  addMoneyTools(server, database, clock);
  return server;
}

function addReadingTools(server: McpServer, database: PaymentsDatabase): void {
  server.registerTool(
    'balance',
    {
      title: 'Balance of a customer',
      description: 'How much a customer has paid and was given back, in cents.',
      inputSchema: { customer_id: customerId },
      outputSchema: { balance: anyRow },
      annotations: READS,
    },
    (asked) => {
      const balance = database.balance(asked.customer_id);
      if (balance === undefined) throw new Error(`There are no payments of customer ${asked.customer_id}.`);
      return structured({ balance });
    },
  );
  server.registerTool(
    'list_payments',
    {
      title: 'Payments of a customer',
      description: 'The latest payments of a customer.',
      inputSchema: { customer_id: customerId, rows: z.int().min(1).max(1_000).default(20) },
      outputSchema: { rows: z.array(anyRow) },
      annotations: READS,
    },
    (asked) => structured({ rows: database.payments(asked.customer_id, asked.rows) }),
  );
}

function addMoneyTools(server: McpServer, database: PaymentsDatabase, clock: () => number): void {
  const now = () => new Date(clock()).toISOString();
  server.registerTool(
    'refund',
    {
      title: 'Give money back',
      description: 'Gives back part or all of a payment. The reason stands on the customer’s statement.',
      inputSchema: {
        payment_id: z.int().min(1),
        amount_cents: amountCents,
        reason: z.string().min(1).max(140),
      },
      outputSchema: { payment: anyRow },
      annotations: MOVES_MONEY,
    },
    ({ payment_id: paymentId, amount_cents, reason }) => {
      const payment = database.refund({ paymentId, amountCents: amount_cents, reason, at: now() });
      if (payment === undefined)
        throw new Error(`There is not so much left of payment ${paymentId} to give back.`);
      return structured({ payment });
    },
  );
  server.registerTool(
    'payout',
    {
      title: 'Pay money out to an account',
      description: 'Sends money to a bank account.',
      inputSchema: {
        iban: z.string().min(15).max(42),
        amount_cents: amountCents,
        reference: z.string().min(1).max(140),
      },
      outputSchema: { payout: z.int() },
      annotations: MOVES_MONEY,
    },
    ({ iban, amount_cents, reference }) =>
      structured({ payout: database.payOut({ iban, amountCents: amount_cents, reference, at: now() }) }),
  );
}

/** Structured content, and the same as text for clients that read only that. */
function structured(content: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(content) }], structuredContent: content };
}
