import type { ServerOptions } from 'node:http';

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

/** Open connections of one gateway; further ones are closed at once. */
export const CONNECTIONS_MAX = 20_000;
