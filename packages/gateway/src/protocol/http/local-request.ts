import { IncomingMessage } from 'node:http';

/** A request on the gateway’s local socket, which only processes of its own user reach: `bailiff stdio`. */
export class LocalRequest extends IncomingMessage {}

/** The `Host` of requests on the local socket, which has no address that a web page could name. */
export const LOCAL_HOST = 'localhost';

/** How the client of a request speaks MCP: over HTTP, or over stdio with `bailiff stdio` in between. */
export function transportOf(request: IncomingMessage): 'http' | 'stdio' {
  return request instanceof LocalRequest ? 'stdio' : 'http';
}
