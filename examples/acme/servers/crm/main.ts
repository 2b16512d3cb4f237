import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { databasePath } from '../seed.ts';
import { openCrmDatabase } from './crm-database.ts';
import { createCrmServer } from './crm-server.ts';

const database = openCrmDatabase(databasePath(process.env.ACME_DATA_DIR, 'crm'));
await createCrmServer(database, Date.now).connect(new StdioServerTransport());
