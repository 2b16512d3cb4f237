import { hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { GatewayProcess, temporaryFolder } from '../journeys/faults/gateway-process.ts';
import { type Echo, type Echoes, openEchoes } from './echoes/open-echoes.ts';
import { type Era, Lane } from './lane.ts';
import { RecordTail } from './record-tail.ts';

const POLICY = fileURLToPath(new URL('policy', import.meta.url));
const KEY = `blf_${'exact_bytes_fuzzer_'.padEnd(43, '0')}`;
const AUTHORIZATION = `Authorization: Bearer ${KEY}\r\n`;

/** Which revisions clients and servers speak, in any combination. */
export const ERAS: readonly Era[] = ['session', 'stateless'];

export interface RangeOptions {
  /** Of the clients and of the servers. */
  readonly eras?: readonly Era[];
  /** Connections in all. */
  readonly lanes?: number;
  readonly limits?: Readonly<Record<string, number>>;
}

/** A gateway before servers that echo, with everything allowed, and clients of it. */
export interface Range extends AsyncDisposable {
  readonly url: string;
  readonly echoes: readonly Echo[];
  readonly lanes: readonly Lane[];
  /** Of the lanes, one for each server in each era of clients. */
  readonly onePerRoute: readonly Lane[];
  readonly record: RecordTail;
  readonly skipped: readonly string[];
}

/** @throws Error with what the gateway said when it, a server or a client of it does not start. */
export async function openRange({ eras = ERAS, lanes = 24, limits = {} }: RangeOptions = {}): Promise<Range> {
  await using opened = new AsyncDisposableStack();
  const echoes = opened.use(await openEchoes());
  const folder = opened.use(await temporaryFolder());
  const gateway = opened.use(
    await GatewayProcess.start({
      folder: folder.path,
      upstream: '',
      configuration: {
        policy: { directory: POLICY },
        engine: { deadline_ms: 10_000 }, // How fast OPA is on a machine that others use too is not what is shown.
        servers: serversOf(echoes, eras),
        limits,
        identity: {
          api_keys: [
            {
              id: 'fuzzer',
              sha256: hash('sha256', KEY),
              agent: 'fuzzer',
              agent_version: '1.0.0',
              user: 'fay',
            },
          ],
        },
      },
    }),
  );
  await gateway.whenReady();
  const routes = eras.flatMap((client) =>
    Object.keys(serversOf(echoes, eras)).map((server) => ({ client, server })),
  );
  const open = await Promise.all(
    Array.from({ length: Math.max(lanes, routes.length) }, (_, index) => {
      const { client, server } = routes[index % routes.length] ?? { client: 'session', server: 'node' };
      return Lane.open({ gateway: gateway.url, server, era: client, authorization: AUTHORIZATION });
    }),
  );
  for (const lane of open) opened.use(lane);
  // Every lane has made a call to see that it can.
  await Promise.all(echoes.all.map((echo) => echo.received()));
  const record = opened.use(new RecordTail(gateway.record));
  const kept = opened.move();
  return {
    url: gateway.url,
    echoes: echoes.all,
    lanes: open,
    onePerRoute: open.slice(0, routes.length),
    record,
    skipped: echoes.skipped,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Each language once for each era, by the name that the policy knows. */
function serversOf(
  { all }: Echoes,
  eras: readonly Era[],
): Record<string, { transport: 'http'; url: string }> {
  const entries = eras.flatMap((era) =>
    all.map(({ name, url }): [string, { transport: 'http'; url: string }] => [
      era === 'session' ? name : `${name}_stateless`,
      { transport: 'http', url: `${url}/${era}` },
    ]),
  );
  return Object.fromEntries(entries);
}
