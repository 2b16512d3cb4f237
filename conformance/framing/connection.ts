import { connect } from 'node:net';

/** One HTTP answer as its bytes were. */
export interface RawAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What came back on one connection. */
export interface Conversation {
  /** Status of answers that only announce another one, as 100. */
  readonly interim: readonly number[];
  /** Answers to what was sent, in their order. */
  readonly answers: readonly RawAnswer[];
  /** The answer to a request that was sent behind it once there was an answer; undefined where the connection was closed. */
  readonly probe: RawAnswer | undefined;
  /** Bytes that are no whole answer. */
  readonly rest: string;
}

/** Longer than the gateway waits for anything. */
const SILENCE_TIMEOUT_MS = 40_000;

/**
 * Sends bytes as they are and reads until the gateway closes the connection. While it does not, a harmless request of a known
 * answer is sent behind the first answer, so that bytes which are still taken for a body, and answers that nobody asked for,
 * both show.
 * @throws Error when the gateway neither answers nor closes.
 */
export async function converse(gateway: string, bytes: string | Uint8Array): Promise<Conversation> {
  const { hostname, port, host } = new URL(gateway);
  const socket = connect({ port: Number(port), host: hostname });
  socket.setEncoding('latin1').on('error', () => {}); // It may be reset before everything was read.
  let received = '';
  let isProbed = false;
  const closed = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => closed.reject(new Error('neither an answer nor a closed connection')),
    SILENCE_TIMEOUT_MS,
  );
  socket.on('close', () => closed.resolve());
  socket.on('data', (text) => {
    received += text;
    const { final } = answersIn(received);
    const [first] = final;
    if (first === undefined || isProbed) return;
    isProbed = true;
    if (isClosing(first)) socket.end();
    else socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  try {
    await closed.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  const { interim, final, rest } = answersIn(received);
  const last = final.at(-1);
  const isProbe = final.length > 1 && last?.body === '{"status":"alive"}';
  return { interim, answers: isProbe ? final.slice(0, -1) : final, probe: isProbe ? last : undefined, rest };
}

const isClosing = ({ headers }: RawAnswer) => headers.get('connection')?.toLowerCase() === 'close';

interface Read {
  readonly interim: readonly number[];
  readonly final: readonly RawAnswer[];
  readonly rest: string;
}

/** Reads whole answers from the front. Bodies have a length, or come in chunks. */
function answersIn(text: string): Read {
  const interim: number[] = [];
  const final: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(rest) ?? [];
    if (end < 0 || status === '') return { interim, final, rest };
    const lines = rest.slice(0, end).split('\r\n').slice(1);
    const headers = new Map(lines.map((line) => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()]));
    const after = rest.slice(end + 4);
    if (status.startsWith('1')) {
      interim.push(Number(status));
      rest = after;
      continue;
    }
    const taken =
      headers.get('transfer-encoding') === 'chunked' ? chunked(after) : measured(after, headers, status);
    if (taken === undefined) return { interim, final, rest };
    final.push({ status: Number(status), headers, body: taken.body });
    rest = after.slice(taken.length);
  }
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase();

interface Taken {
  readonly body: string;
  /** Characters that it took. */
  readonly length: number;
}

function measured(text: string, headers: ReadonlyMap<string, string>, status: string): Taken | undefined {
  const length = status === '204' ? 0 : Number(headers.get('content-length') ?? 0);
  return text.length < length ? undefined : { body: text.slice(0, length), length };
}

function chunked(text: string): Taken | undefined {
  let body = '';
  let at = 0;
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (text.length < next) return undefined;
    body += text.slice(line + 2, line + 2 + size);
    at = next;
    if (size === 0) return { body, length: at };
  }
}
