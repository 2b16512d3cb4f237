import type { CountingUpstream } from './counting-upstream.ts';
import { type GatewayOptions, GatewayProcess, KEYS } from './gateway-process.ts';
import { McpClient, type Told } from './mcp-client.ts';
import { until } from './processes.ts';
import { readRecord } from './record.ts';

/** Longer than a healthy OPA takes on a busy machine: what is shown is not how fast it is. */
export const PATIENT = { deadline_ms: 10_000 } as const;

/** A gateway that is ready, a client of it, and all that the client was told. */
export interface Desk extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly client: McpClient;
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

export async function openDesk(
  upstream: CountingUpstream,
  options: Partial<GatewayOptions> = {},
): Promise<Desk> {
  const configuration = { engine: PATIENT, ...options.configuration };
  const gateway = await GatewayProcess.start({ upstream: upstream.url, ...options, configuration });
  await gateway.whenReady();
  const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
  const told: Told[] = [];
  let number = 0;
  return {
    gateway,
    client,
    told,
    async call(signal) {
      number += 1;
      const answer = await client.call('lookup', { number, text: 'x'.repeat(500) }, signal);
      told.push(answer);
      return answer;
    },
    done: () => told.filter(({ kind }) => kind === 'done').length,
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
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
