import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { callOf, type Target } from './driver.ts';
import { LARGE_BYTES } from './large-kinds.ts';

/** Clients at a time, and how much each takes before it pauses for how long: 10 MB in about a second. */
const CLIENTS = 8;
const TAKEN_BYTES = 131_072;
const PAUSE_MS = 10;

export interface Memory {
  readonly peakMib: number;
  /** A moment after the last client was served. */
  readonly afterMib: number;
}

/** Resident memory of a process. */
export function residentMib(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1_024;
}

/** Has `count` large results read by slow clients. @throws when one of them is not whole. */
export async function takeSlowly(target: Target, count: number): Promise<Memory> {
  const [pid = 0] = target.pids();
  let peakMib = 0;
  const watch = setInterval(() => {
    peakMib = Math.max(peakMib, residentMib(pid));
  }, 20);
  let left = count;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      while (left > 0) {
        left -= 1;
        await takeOne(target, 1_000 + client);
      }
    }),
  );
  clearInterval(watch);
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { peakMib, afterMib: residentMib(pid) };
}

function takeOne(target: Target, id: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(target.port, '127.0.0.1');
    let bytes = 0;
    let sincePause = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      sincePause += chunk.byteLength;
      if (bytes > LARGE_BYTES) {
        socket.destroy();
        resolve();
      } else if (sincePause > TAKEN_BYTES) {
        sincePause = 0;
        socket.pause();
        setTimeout(() => socket.resume(), PAUSE_MS);
      }
    });
    socket.once('error', reject);
    socket.once('end', () => reject(new Error(`the answer ended after ${bytes} bytes`)));
    socket.write(callOf(target, { id, name: 'echo', arguments: { answer: 'ascii' } }));
  });
}
