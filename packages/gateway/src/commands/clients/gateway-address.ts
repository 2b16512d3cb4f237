import { basename } from 'node:path';
import { type Configuration, Failure } from '@bailiff/contract';
import type { LoadedConfiguration } from '../../config.ts';
import { runningGateway } from '../stdio/running-gateway.ts';
import type { Launch } from './client-entry.ts';

/** The gateway as clients see it. */
export interface GatewayAddress {
  /** As `http://127.0.0.1:7070`, without a slash at the end. */
  readonly url: string;
  /** Another one that leads to it as well: the configured one, where a gateway was started with another port. */
  readonly alias?: string;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
/** An address to listen on that is none to go to. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

type Listening = Pick<Configuration['listen'], 'host' | 'port'>;

/** Where a gateway that listens on `host` and `port` is reached from this machine. */
export function gatewayAddress({ host, port }: Listening): GatewayAddress {
  const name = ANY[host] ?? (host.includes(':') ? `[${host}]` : host);
  return { url: `http://${name}:${port}` };
}

/** As above. @throws Failure `configuration_invalid` where the port is a different one at every start. */
export function knownAddress(listen: Listening, file: string): GatewayAddress {
  if (listen.port !== 0) return gatewayAddress(listen);
  const detail = `${file} has listen.port: 0, any free port, so no client can be told where the gateway is. Name a port.`;
  throw new Failure('configuration_invalid', detail);
}

/** Where the gateway of a configuration listens at the moment, or would. @throws Failure as above. */
export async function presentAddress({ configuration, file }: LoadedConfiguration): Promise<GatewayAddress> {
  const known = knownAddress(configuration.listen, file);
  const running = URL.parse((await runningGateway(configuration.data_dir))?.url ?? '');
  if (running === null) return known;
  const host = running.hostname.replace(/^\[(.*)\]$/, '$1');
  const { url } = gatewayAddress({ host, port: Number(running.port) || 80 });
  return url === known.url ? known : { url, alias: known.url };
}

/** The server’s address at the gateway, or that of all servers together. */
export function mcpUrl({ url }: GatewayAddress, server: string | undefined): string {
  return server === undefined ? `${url}/mcp` : `${url}/mcp/${server}`;
}

/** Whether an entry leads to the gateway: by its address, through `bailiff stdio`, or through `mcp-remote`. */
export function goesThrough(launch: Launch, gateway: GatewayAddress): boolean {
  if (launch.kind === 'http') return isGatewayUrl(launch.url, gateway);
  if (launch.kind === 'unknown') return false;
  const { command, args } = launch;
  if (basename(command) === 'bailiff') return args[0] === 'stdio';
  const remote = [command, ...args].findIndex((word) => /(?:^|\/)mcp-remote(?:@[\w.-]+)?$/.test(word));
  return remote >= 0 && isGatewayUrl(args.slice(remote).find((arg) => /^https?:/.test(arg)) ?? '', gateway);
}

function isGatewayUrl(text: string, { url, alias }: GatewayAddress): boolean {
  return isBelow(text, url) || (alias !== undefined && isBelow(text, alias));
}

function isBelow(text: string, address: string): boolean {
  const url = URL.parse(text);
  const own = URL.parse(address);
  if (url === null || own === null || url.protocol !== own.protocol || url.port !== own.port) return false;
  const isHost =
    url.hostname === own.hostname || [url, own].every(({ hostname }) => LOOPBACK.includes(hostname));
  return isHost && /^\/mcp(?:\/[a-z][a-z0-9_]*)?\/?$/.test(url.pathname);
}
