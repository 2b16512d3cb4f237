import { setFlagsFromString } from 'node:v8';

/**
 * Has this process collect garbage by all the memory that it holds, buffers of bodies included. By default a few megabytes of new
 * buffers are reason enough to walk the whole heap, which costs several times as much as passing a large result on. A version
 * of Node that does not know the flag says so and goes on as it is.
 */
export function collectSeldom(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
