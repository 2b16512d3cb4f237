import {
  type Call,
  Catalogue,
  Configuration,
  type EnforcementResult,
  type Principal,
  type Release,
} from '@bailiff/contract';
import { type ContextStage, createContextOf } from '../context-of.ts';
import { createConversations } from '../conversations.ts';
import { releaseOf } from './release-of.ts';

/** One call of one agent to one server, and what a small release knows of them: what examples start from. */

export const signal = new AbortController().signal;
/** A Sunday afternoon in UTC, three quarters into a second. */
export const SUNDAY_MS = Date.parse('2026-11-22T13:45:00.750Z');

export const configuration = Configuration.parse({
  policy: { directory: '.' },
  environment: { region: 'us-east', flags: { change_freeze: false } },
  servers: { crm: { transport: 'stdio', command: 'node', provider: 'acme-crm', region: 'eu-west' } },
});

export const release = releaseOf({
  catalogue: Catalogue.parse({
    data_classes: { customer_data: { title: 'Customers' } },
    regions: {},
    servers: {
      crm: {
        title: 'CRM',
        tools: {
          read: {
            effects: ['write', 'read'],
            blast_radius: 'low',
            data_classes: ['internal'],
            returns: ['customer_data'],
            argument_classes: { table: { customers: ['customer_data'] } },
          },
        },
      },
    },
    models: { 'onprem-70b': { title: 'On premises', provider: 'acme', region: 'eu-central' } },
  }),
  directory: {
    agents: { 'support-bot': { scope: 'support', owner_team: 'cx', versions: [], status: 'active' } },
    users: {
      mara: {
        kind: 'human',
        groups: ['tier-2', 'support', 'tier-2'],
        data_classifications_authorized: ['public', 'internal'],
        status: 'active',
      },
    },
  },
});

export const mara: Principal = {
  agentId: 'support-bot',
  agentVersion: '3.2.0',
  chain: ['planner'],
  userId: 'mara',
  authMethod: 'jwt',
  credentialId: 't-1',
  issuer: 'https://issuer.example',
  permissions: new Set(),
  conversation: '',
};

export const read: Call = {
  decisionId: 'd-1',
  principal: mara,
  type: 'tool_call',
  target: { kind: 'tool', id: 'crm.read' },
  server: 'crm',
  toolName: 'read',
  model: '',
  subagent: '',
  args: { table: 'customers', id: 7 },
  session: {
    protocol: 'mcp/2025-11-25',
    transport: 'http',
    client_name: 'claude-code',
    client_version: '4.1',
    auth_method: 'jwt',
  },
  conversationKey: 'session-1',
  bytes: undefined,
  given: undefined,
};

export const modelCall: Call = {
  ...read,
  type: 'model_call',
  target: { kind: 'model', id: 'onprem-70b' },
  server: '',
  toolName: '',
  model: 'onprem-70b',
  args: {},
};

/** The stage with that release; null stands for a gateway that has none yet. */
export function stageWith(current: Release | null = release): ContextStage {
  const conversations = createConversations({
    limits: configuration.conversations,
    clock: () => SUNDAY_MS,
    secret: Buffer.alloc(32),
  });
  return createContextOf({
    configuration,
    releases: { current: () => current ?? undefined },
    conversations,
    clock: () => SUNDAY_MS,
  });
}

export const forwarded: EnforcementResult<null> = {
  kind: 'forwarded',
  response: null,
  bytes: 400,
  durationMs: 5,
};
