import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { databasePath } from '../seed.ts';
import { openPaymentsDatabase } from './payments-database.ts';
import { createPaymentsServer } from './payments-server.ts';

const database = openPaymentsDatabase(databasePath(process.env.ACME_DATA_DIR, 'payments'));
await createPaymentsServer(database, Date.now).connect(new StdioServerTransport());
