import type { CountingUpstream } from './counting-upstream.ts';
import { type Front, type FrontClient, openFront } from './front.ts';
import { type GatewayOptions, GatewayProcess, KEYS } from './gateway-process.ts';
import { McpClient, type Told } from './mcp-client.ts';
import { until } from './processes.ts';
import { readRecord } from './record.ts';

/** Longer than a healthy OPA takes on a busy machine: what is shown is not how fast it is. */
export const PATIENT = { deadline_ms: 10_000 } as const;

/** A gateway that is ready, a client of it, and what the client was told. */
export interface FrontDesk extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  /** Answers that name their decision. */
  readonly told: readonly Told[];
  /** Calls the tool `lookup` with arguments that no other call has. */
  call(signal?: AbortSignal): Promise<Told>;
  /** How many calls were answered by the server. */
  done(): number;
  /** Resolves once every decision in the record has its outcome. */
  closed(): Promise<void>;
  /** The sum of a metric’s samples. */
  metric(name: string): Promise<number>;
}

/** A desk whose client comes over HTTP and can be as bad as it likes. */
export interface Desk extends FrontDesk {
  readonly client: McpClient;
}

export async function openDesk(
  upstream: CountingUpstream,
  options: Partial<GatewayOptions> = {},
): Promise<Desk> {
  const gateway = await readyGateway(upstream, options);
  const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
  const call: FrontClient['call'] = (name, args, signal) => client.call(name, args, signal);
  return { ...deskOf('http', gateway, { call, [Symbol.asyncDispose]: async () => undefined }), client };
}

/** A desk whose client comes by either way. */
export async function openDeskAt(
  front: Front,
  upstream: CountingUpstream,
  options: Partial<GatewayOptions> = {},
): Promise<FrontDesk> {
  const gateway = await readyGateway(upstream, options);
  return deskOf(front, gateway, await openFront(front, gateway));
}

function readyGateway(upstream: CountingUpstream, options: Partial<GatewayOptions>): Promise<GatewayProcess> {
  const configuration = { engine: PATIENT, ...options.configuration };
  return GatewayProcess.start({ upstream: upstream.url, ...options, configuration }).then((gateway) =>
    gateway.whenReady(),
  );
}

function deskOf(front: Front, gateway: GatewayProcess, client: FrontClient): FrontDesk {
  const told: Told[] = [];
  let number = 0;
  let done = 0;
  return {
    gateway,
    told,
    async call(signal) {
      number += 1;
      const answer = await client.call('lookup', { number, text: 'x'.repeat(500) }, signal);
      if (answer.kind === 'done') done += 1;
      // Over stdio what was done names no decision.
      if (answer.kind !== 'done' || front === 'http') told.push(answer);
      return answer;
    },
    done: () => done,
    closed: () =>
      until('every decision is closed', () => {
        const { decisions, outcomes } = readRecord(gateway.record);
        return outcomes.size === decisions.size;
      }),
    async metric(name) {
      const headers = { authorization: `Bearer ${KEYS.operator}` };
      const text = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
      const samples = text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
    },
  };
}
