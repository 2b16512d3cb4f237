import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { drive } from './drive.ts';

/** Gateways at a time: each has an OPA of its own. */
const GATEWAYS_MAX = 3;

/** What a scenario tells its client, as far as it is used here. */
export const Scenario = z.object({
  /** The suite’s server. */
  url: z.url(),
  scenario: z.string(),
  context: z.looseObject({
    client_id: z.string().optional(),
    client_secret: z.string().optional(),
    toolCalls: z.array(z.object({ name: z.string(), arguments: z.looseObject({}) })).optional(),
  }),
});
export type Scenario = z.infer<typeof Scenario>;

/** Drives a gateway for each scenario that asks, a few at a time; the suite waits for all of them at once. */
export interface Driver extends AsyncDisposable {
  readonly url: string;
}

/** Opens the driver on a free port of 127.0.0.1. */
export async function openDriver(): Promise<Driver> {
  const waiting: (() => void)[] = [];
  let free = GATEWAYS_MAX;
  const inTurn = async (work: () => Promise<void>) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
  const server = createServer((request, response) => {
    void answer(request, response, inTurn);
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  inTurn: (work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  try {
    const scenario = Scenario.parse(await json(request));
    await inTurn(() => drive(scenario));
    response.writeHead(204).end();
  } catch (thrown) {
    response.writeHead(500).end(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
