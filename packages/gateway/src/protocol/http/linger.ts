import type { IncomingMessage } from 'node:http';

/** How much of a body that was refused is still read away, and for how long. */
export const LINGER_BYTES_MAX = 67_108_864;
export const LINGER_MS = 5_000;

/**
 * Reads away what a client still sends of a request that was answered already, and resolves at its end or at one of the
 * bounds. A connection that is closed while bytes come in is reset, and the client loses the answer with it.
 */
export function readAway(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const finish = () => {
      clearTimeout(timer);
      request.off('data', onData).off('end', finish).off('close', finish);
      resolve();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > LINGER_BYTES_MAX) finish();
    };
    const timer = setTimeout(finish, LINGER_MS).unref();
    request.on('error', () => undefined); // It is answered; what becomes of the rest does not matter.
    request.on('data', onData).on('end', finish).on('close', finish);
    if (request.complete || request.destroyed) finish();
    else request.resume();
  });
}
