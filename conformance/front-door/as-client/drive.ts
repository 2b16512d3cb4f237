import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { OAuthConfiguration } from '../../../packages/gateway/src/enforcement/upstream/credentials/open-credentials.ts';
import { openFrontDoor } from '../open-front-door.ts';
import { logInAt, OAUTH_SCENARIO, oauthAt } from './log-in-at.ts';
import type { Scenario } from './open-driver.ts';

/** How often the gateway is logged in: again after what a server refused, with what it says by then. */
const LOGINS_MAX = 3;

/**
 * Opens a gateway whose only server is the scenario’s, logs it in where the scenario is about that, and does through it what
 * a client does with a server that it does not know: lists everything, reads all resources, gets all prompts, calls all tools.
 * @throws Error when a login fails, or what the server is asked for still fails after some.
 */
export async function drive(scenario: Scenario): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'bailiff-as-client-'));
  try {
    if (!OAUTH_SCENARIO.test(scenario.scenario)) return await useThroughGateway(scenario, {});
    for (let logins = 1; ; logins += 1) {
      const credential = await oauthAt(scenario);
      await logInAt(scenario.url, credential, dataDirectory);
      const fault = await useThroughGateway(scenario, { credential, dataDirectory }).catch(errorOf);
      if (fault === undefined) return;
      if (logins === LOGINS_MAX) throw fault;
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

const errorOf = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

async function useThroughGateway(
  { url, context }: Scenario,
  { credential, dataDirectory }: { credential?: OAuthConfiguration; dataDirectory?: string },
): Promise<void> {
  const server = { transport: 'http' as const, url, ...(credential && { credential }) };
  await using door = await openFrontDoor({ under_test: server }, { dataDirectory });
  const client = await connected(door.through('under_test'));
  try {
    const fault = await useAll(client, context.toolCalls ?? []);
    if (fault !== undefined) throw fault;
  } finally {
    await client.close();
  }
}

async function connected(url: string): Promise<Client> {
  const client = new Client(
    { name: 'conformance', version: '1.0.0' },
    { capabilities: { elicitation: { form: { applyDefaults: true } } } },
  );
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

type ToolCalls = NonNullable<Scenario['context']['toolCalls']>;

/** Gives the first fault; what comes after it is tried all the same. */
async function useAll(client: Client, known: ToolCalls): Promise<Error | undefined> {
  const { tools = {}, resources, prompts } = client.getServerCapabilities() ?? {};
  const faults: Error[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (thrown) {
      faults.push(errorOf(thrown));
    }
  };
  const attemptAll = async <Item>(items: () => Promise<Item[]>, use: (item: Item) => Promise<unknown>) => {
    await attempt(async () => {
      for (const item of await items()) await attempt(() => use(item));
    });
  };
  if (tools) await attempt(() => callTools(client, known, attempt));
  if (resources)
    await attemptAll(
      async () => (await client.listResources()).resources,
      ({ uri }) => client.readResource({ uri }),
    );
  if (prompts)
    await attemptAll(
      async () => (await client.listPrompts()).prompts,
      ({ name }) => client.getPrompt({ name }),
    );
  return faults[0];
}

async function callTools(
  client: Client,
  known: ToolCalls,
  attempt: (work: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { tools } = await client.listTools();
  const schemas = tools.map(({ inputSchema }) => inputSchema);
  const calls =
    known.length > 0
      ? known
      : tools.map(({ name, inputSchema }) => ({ name, arguments: argumentsFor(inputSchema, schemas[0]) }));
  // At once: what belongs to one call must not come into another.
  await Promise.all(calls.map((call) => attempt(() => client.callTool(call))));
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly required?: readonly string[] | undefined;
}

/** Something for every argument that a tool needs; for one that is a schema, the first that was listed. */
function argumentsFor({ properties = {}, required = [] }: Schema, first: unknown): Record<string, unknown> {
  return Object.fromEntries(
    required.map((name) => {
      const { type } = (properties[name] ?? {}) as { readonly type?: unknown };
      const values: Readonly<Record<string, unknown>> = {
        number: 5,
        integer: 5,
        boolean: true,
        array: [],
        object: name === 'schema' ? first : {},
        null: null,
      };
      return [name, typeof type === 'string' && type in values ? values[type] : 'text'];
    }),
  );
}
