import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** How MCP is spoken. */
export type Revision = '2025-11-25' | '2026-07-28';

/** Something that answers MCP calls on a loopback port, and the processes whose CPU it uses. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly revision: Revision;
  readonly pids: () => readonly number[];
}

/** Clock ticks a second of `/proc/<pid>/stat`; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** One keep-alive connection that sends prepared requests and reads whole answers. */
export class Connection implements Disposable {
  readonly #socket: Socket;
  #pending: ((answer: Answer) => void) | undefined;
  #failed: ((cause: Error) => void) | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Of the answer under way, once its head is in; a length of Infinity stands for a chunked body. */
  #head: { readonly text: string; readonly bytes: number; readonly wholeBytes: number } | undefined;

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

  /** Whether the target has not closed it: it closes what is idle for too long. */
  get isOpen(): boolean {
    return this.#socket.readyState === 'open';
  }

  /** One request and its whole answer. @throws when the target closes the connection, or did before. */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error('the target has closed the connection'));
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
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    this.#head ??= this.#readHead();
    const head = this.#head;
    if (head === undefined) return;
    const isWhole =
      head.wholeBytes === Number.POSITIVE_INFINITY ? this.#endsChunked() : this.#bytes >= head.wholeBytes;
    if (!isWhole) return;
    const sent = Buffer.concat(this.#chunks, this.#bytes).subarray(head.bytes);
    const body = head.wholeBytes === Number.POSITIVE_INFINITY ? withoutChunkSizes(sent) : sent;
    this.#chunks = [];
    this.#bytes = 0;
    this.#head = undefined;
    this.#pending?.({ head: head.text, body });
  }

  #readHead() {
    const read = Buffer.concat(this.#chunks, this.#bytes);
    const end = read.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const text = read.toString('latin1', 0, end);
    const length = /content-length: (\d+)/i.exec(text)?.[1];
    const bytes = end + 4;
    return {
      text,
      bytes,
      wholeBytes: length === undefined ? Number.POSITIVE_INFINITY : bytes + Number(length),
    };
  }

  /** One answer is under way at a time, so that nothing stands behind its last chunk. */
  #endsChunked(): boolean {
    const tail = Buffer.concat(this.#chunks.slice(-8)).subarray(-7);
    return tail.toString('latin1') === '\r\n0\r\n\r\n';
  }
}

function withoutChunkSizes(sent: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = sent.indexOf('\r\n', at);
    const size = Number.parseInt(sent.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(sent.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
}

/** One whole answer. */
export interface Answer {
  readonly head: string;
  readonly body: Buffer;
}

/** A call of a tool, whatever the revision. */
export interface ToolCall {
  readonly id: number;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Whether progress is asked for. */
  readonly wantsProgress?: boolean;
}

/** The call as it is sent to a target in its revision. */
export function toolCall(
  { path, headers, revision }: Pick<Target, 'path' | 'headers' | 'revision'>,
  { id, name, arguments: args, wantsProgress = false }: ToolCall,
) {
  const progress = wantsProgress ? { progressToken: `p${id}` } : {};
  const isNewer = revision === '2026-07-28';
  const meta = isNewer ? { ...CLIENT_META, ...progress } : progress;
  const params = { name, arguments: args, ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }) };
  const repeated = { 'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': name };
  return {
    path,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
      ...(isNewer ? repeated : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
  };
}

/** What a client of 2026-07-28 says of itself with every request. */
const CLIENT_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** The bytes of one POST of JSON. */
export function requestOf(
  { path, headers, port }: Pick<Target, 'path' | 'headers' | 'port'>,
  body: string,
): Buffer {
  const sent = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const head = Object.entries(sent)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n${body}`);
}

/** The bytes of one call. */
export function callOf(target: Target, call: ToolCall): Buffer {
  const { headers, body } = toolCall(target, call);
  return requestOf({ ...target, headers }, body);
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
export function assertAnswered({ head, body }: Answer): void {
  const text = body.subarray(0, 65_536).toString('utf8');
  if (!head.startsWith('HTTP/1.1 200 ') || text.includes('"isError":true') || !body.includes('"result"')) {
    throw new Error(`the target did not answer the call: ${head}\n${text.slice(0, 600)}`);
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
