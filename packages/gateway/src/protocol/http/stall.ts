import type { ServerResponse } from 'node:http';

/** How long a client may take no byte of an answer that waits for it. */
export const STALL_MS = 60_000;

/** Answers up to this size fit what the operating system keeps, so that they cost nothing here. */
const SMALL_BYTES = 65_536;

/** Cuts off a client that has stopped reading a large answer, which is kept for it until then. Called when all of it was written. */
export function cutWhenStalled(response: ServerResponse, stallMs = STALL_MS): void {
  if (response.writableLength > SMALL_BYTES) response.setTimeout(stallMs, () => response.destroy());
}
