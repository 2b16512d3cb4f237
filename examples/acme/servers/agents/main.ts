import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createAgentsServer } from './agents-server.ts';

const {
  ACME_USER: userId = '',
  ACME_ASKED_BY: askedBy = '',
  ACME_GATEWAY_DATA: dataDirectory = '',
} = process.env;
if ([userId, askedBy, dataDirectory].includes(''))
  throw new Error('Name ACME_USER, ACME_ASKED_BY and ACME_GATEWAY_DATA in the environment.');
await createAgentsServer({ userId, askedBy, dataDirectory }).connect(new StdioServerTransport());
