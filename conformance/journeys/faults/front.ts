import { join } from 'node:path';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { StdioClient } from '../stdio/stdio-client.ts';
import { type GatewayProcess, KEYS } from './gateway-process.ts';
import { McpClient, type Told, toldIn } from './mcp-client.ts';
import { until } from './processes.ts';

/** The ways in which a client comes to a gateway. */
export const FRONTS = ['http', 'stdio'] as const;
export type Front = (typeof FRONTS)[number];

/** A client that came by one of them. */
export interface FrontClient extends AsyncDisposable {
  call(name: string, args: object, signal?: AbortSignal): Promise<Told>;
}

/** `bailiff stdio` for the clerk, at a gateway that runs. */
export function stdioTo({ folder }: Pick<GatewayProcess, 'folder'>, key: string = KEYS.clerk): StdioClient {
  return new StdioClient(['stdio', '--server', 'desk', '--config', join(folder, 'bailiff.yaml')], {
    ...process.env,
    BAILIFF_OPA: opaExecutable(),
    BAILIFF_KEY: key,
  });
}

/** Opens a session for the clerk, as soon as policy lets it be opened. */
export async function openFront(front: Front, gateway: GatewayProcess): Promise<FrontClient> {
  return front === 'http' ? overHttp(gateway) : overStdio(gateway);
}

async function overHttp(gateway: GatewayProcess): Promise<FrontClient> {
  let client: McpClient | undefined;
  await until('a session is open', async () => {
    client = await McpClient.open(gateway.url, { key: KEYS.clerk }).catch(() => undefined);
    return client !== undefined;
  });
  if (client === undefined) throw new Error('no session');
  const { call } = McpClient.prototype;
  return { call: call.bind(client), [Symbol.asyncDispose]: async () => undefined };
}

async function overStdio(gateway: GatewayProcess): Promise<FrontClient> {
  const client = stdioTo(gateway);
  try {
    await until('a session is open', async () => (await client.open()).result !== undefined);
  } catch (thrown) {
    await client[Symbol.asyncDispose]();
    throw thrown;
  }
  return {
    async call(name, args) {
      const line = await client.call(name, args);
      const told = toldIn(line);
      // No header tells the decision here: only what is refused names it.
      return { ...told, status: 200, decisionId: told.namedId, text: JSON.stringify(line) };
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await client[Symbol.asyncDispose]();
    },
  };
}
