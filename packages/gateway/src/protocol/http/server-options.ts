import type { ServerOptions } from 'node:http';
import { LocalRequest } from './local-request.ts';

/**
 * How `node:http` guards what comes before a request reaches us: a strict parser, small headers, and deadlines that end
 * slow clients. `connectionsMax` belongs to `server.maxConnections`.
 */
export const HTTP_SERVER_OPTIONS = {
  insecureHTTPParser: false,
  // Refused with a reason and an id like everything else, which the parser’s own answer has not.
  requireHostHeader: false,
  joinDuplicateHeaders: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  noDelay: true,
} as const satisfies ServerOptions;

/**
 * The same for the local socket. Its connections are those of the user’s own processes, which keep them as long as they
 * run: that is how the gateway knows that they do.
 */
export const LOCAL_SERVER_OPTIONS = {
  ...HTTP_SERVER_OPTIONS,
  IncomingMessage: LocalRequest,
  headersTimeout: 0,
  keepAliveTimeout: 0,
} as const satisfies ServerOptions<typeof LocalRequest>;

/** Open connections of one gateway; further ones are closed at once. */
export const CONNECTIONS_MAX = 20_000;
