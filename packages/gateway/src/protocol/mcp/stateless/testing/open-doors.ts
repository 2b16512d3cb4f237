import { ServerConfiguration } from '@bailiff/contract';
import { createEnforce } from '../../../../enforcement/enforce.ts';
import { openUpstreams } from '../../../../enforcement/upstream/open-upstreams.ts';
import {
  type SdkAskingServer,
  startSdkAskingServer,
} from '../../../../enforcement/upstream/testing/sdk-asking-server.ts';
import {
  type SdkStatelessServer,
  startSdkStatelessServer,
} from '../../../../enforcement/upstream/testing/sdk-stateless-server.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../../testing/test-gateway.ts';

/** A gateway before one real server of each era, both made with the official SDKs. */
export interface Doors extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly stateless: SdkStatelessServer;
  readonly session: SdkAskingServer;
}

/** The servers are called `stateless` and `session`. */
export async function openDoors(options: Partial<TestGatewayOptions> = {}): Promise<Doors> {
  await using opened = new AsyncDisposableStack();
  const stateless = opened.use(await startSdkStatelessServer());
  const session = opened.use(await startSdkAskingServer('streamable'));
  const over = (url: string) => ServerConfiguration.parse({ transport: 'http', url });
  const upstreams = opened.use(
    openUpstreams(
      { stateless: over(stateless.url), session: over(session.url) },
      { environment: {}, directory: '.', log: () => undefined },
    ),
  );
  const gateway = opened.use(
    await startTestGateway({
      servers: upstreams.byName,
      enforce: createEnforce({
        upstreams: upstreams.byName,
        upstreamTimeoutMs: 20_000,
        regionOf: () => 'unknown',
        notify: async () => undefined,
      }),
      ...options,
    }),
  );
  const kept = opened.move();
  return { gateway, stateless, session, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
