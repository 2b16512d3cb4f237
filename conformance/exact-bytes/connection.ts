import { connect, type Socket } from 'node:net';

/** One HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Longer than the gateway waits for anything that happens here. */
const ANSWER_TIMEOUT_MS = 60_000;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (cause: Error) => void;
}

/** A connection that is kept and sends bodies as they are, one after the other; opened anew where the gateway closes it. */
export class Connection implements Disposable {
  readonly #port: number;
  readonly #host: string;
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  #chunks: Buffer[] = [];
  /** Bytes that are needed before it is worth looking again. */
  #wanted = 0;
  #size = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** @throws Error when there is no answer. */
  async post(path: string, headers: string, body: Uint8Array): Promise<HttpAnswer> {
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
    const timer = setTimeout(() => this.#fail(new Error('there is no answer')), ANSWER_TIMEOUT_MS);
    try {
      return await new Promise<HttpAnswer>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        const socket = this.#open();
        socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = connect(this.#port, this.#host);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    const gone = (cause: Error) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#fail(cause);
    };
    socket.on('error', gone);
    socket.on('close', () => gone(new Error('the gateway closed the connection')));
    this.#socket = socket;
    return socket;
  }

  #fail(cause: Error): void {
    this.#forget();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(cause);
  }

  #forget(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#wanted = 0;
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return;
    const whole = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    const answer = answerIn(whole);
    if (typeof answer === 'number') {
      this.#wanted = answer;
      return;
    }
    this.#forget();
    if (answer.headers.get('connection')?.toLowerCase() === 'close') {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}

/** The answer, or how many bytes are needed before there can be one. */
function answerIn(bytes: Buffer): HttpAnswer | number {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return bytes.length + 1;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);
  const from = end + 4;
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = chunksIn(bytes, from);
    return body === undefined ? bytes.length + 1 : { status, headers, body };
  }
  const whole = from + Number(headers.get('content-length') ?? 0);
  return bytes.length < whole ? whole : { status, headers, body: bytes.subarray(from, whole) };
}

function chunksIn(bytes: Buffer, from: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
