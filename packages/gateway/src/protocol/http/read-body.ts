import type { IncomingMessage } from 'node:http';
import { Failure } from '@bailiff/contract';

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  readonly bytesMax: number;
  /** From the first look at the body to its last byte. */
  readonly timeoutMs: number;
}

/**
 * The whole body, exactly as it came. Stops reading at the first byte beyond the limit.
 * @throws Failure `body_too_large`, `bad_request` when it does not arrive in time, `client_gone`.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const tooLarge = () => new Failure('body_too_large', `The body is larger than ${limits.bytesMax} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > limits.bytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(
      () => finish(new Failure('bad_request', 'The body did not arrive in time.')),
      limits.timeoutMs,
    );
    const onData = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > limits.bytesMax) finish(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => finish(undefined);
    const onGone = () => finish(new Failure('client_gone'));
    const finish = (failure: Failure | undefined) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      if (failure === undefined) {
        const [only] = chunks;
        resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
      } else {
        request.on('error', () => undefined); // The answer is on its way; what becomes of the rest does not matter.
        request.pause(); // What more comes is read away once there is an answer.
        reject(failure);
      }
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}
