import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** Something that answers MCP calls on a loopback port, and the processes whose CPU it uses. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pids: () => readonly number[];
}

/** Clock ticks a second of `/proc/<pid>/stat`; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** One keep-alive connection that sends prepared requests and reads whole answers. */
export class Connection implements Disposable {
  readonly #socket: Socket;
  #pending: ((answer: string) => void) | undefined;
  #failed: ((cause: Error) => void) | undefined;
  #buffered: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (cause) => this.#failed?.(cause));
    socket.on('close', () => this.#failed?.(new Error('the target closed the connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  /** The whole answer, head and body. */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#pending = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  [Symbol.dispose](): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    const end = this.#buffered.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.#buffered.toString('latin1', 0, end);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    const whole = length === undefined ? chunkedEnd(this.#buffered, end) : end + 4 + Number(length);
    if (whole === undefined || this.#buffered.length < whole) return;
    const answer = this.#buffered.toString('utf8', 0, whole);
    this.#buffered = this.#buffered.subarray(whole);
    this.#pending?.(answer);
  }
}

function chunkedEnd(buffered: Buffer, headEnd: number): number | undefined {
  const at = buffered.indexOf('0\r\n\r\n', headEnd + 4);
  return at === -1 ? undefined : at + 5;
}

/** The bytes of one POST. */
export function requestOf(target: Pick<Target, 'path' | 'headers' | 'port'>, body: string): Buffer {
  const headers = {
    host: `127.0.0.1:${target.port}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': String(Buffer.byteLength(body)),
    ...target.headers,
  };
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return Buffer.from(`POST ${target.path} HTTP/1.1\r\n${head}\r\n${body}`);
}

/** Latency of each of `count` calls made one after the other, in microseconds. */
export async function latencies(connection: Connection, request: Buffer, count: number): Promise<number[]> {
  const taken: number[] = [];
  for (let call = 0; call < count; call += 1) {
    const began = process.hrtime.bigint();
    assertAnswered(await connection.send(request));
    taken.push(Number(process.hrtime.bigint() - began) / 1_000);
  }
  return taken;
}

export interface Load {
  /** CPU of all the target’s processes for one call, in microseconds. */
  readonly cpuMicroseconds: number;
  readonly callsPerSecond: number;
}

/** `count` calls over `concurrency` connections, each with a request of its own: ids of calls under way must differ. */
export async function load(
  target: Target,
  requestFor: (connection: number) => Buffer,
  { concurrency, count }: { concurrency: number; count: number },
): Promise<Load> {
  const connections = await Promise.all(
    Array.from({ length: concurrency }, () => Connection.open(target.port)),
  );
  const cpuBefore = cpuSeconds(target.pids());
  const began = performance.now();
  let left = count;
  await Promise.all(
    connections.map(async (connection, index) => {
      const request = requestFor(index);
      while (left > 0) {
        left -= 1;
        assertAnswered(await connection.send(request));
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  const cpu = cpuSeconds(target.pids()) - cpuBefore;
  for (const connection of connections) connection[Symbol.dispose]();
  return { cpuMicroseconds: (cpu / count) * 1e6, callsPerSecond: count / seconds };
}

/** A refused or failed call would be measured as a quick one. */
function assertAnswered(answer: string): void {
  if (!/^HTTP\/1\.1 200 /.test(answer) || !answer.includes('"result"') || answer.includes('"isError":true')) {
    throw new Error(`the target did not answer the call: ${answer.slice(0, 600)}`);
  }
}

/** User and system time of processes in seconds, their threads included. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }, 0);
}

/** A process and all that descend from it. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(
        Number(name),
        Number(
          readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[1],
        ),
      );
    } catch {
      // A process that ended while the folder was read is not part of any tree.
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
