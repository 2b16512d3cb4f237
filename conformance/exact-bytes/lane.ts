import { Connection, type HttpAnswer } from './connection.ts';
import type { Readings } from './echoes/open-echoes.ts';

export type Era = 'session' | 'stateless';

const VERSIONS: Readonly<Record<Era, string>> = { session: '2025-11-25', stateless: '2026-07-28' };
const HEADERS = 'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';

/** What every request of a client without sessions says of it. */
export const STATELESS_META = {
  'io.modelcontextprotocol/protocolVersion': VERSIONS.stateless,
  'io.modelcontextprotocol/clientInfo': { name: 'fuzzer', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
} as const;

/** What a client was told about one message. */
export interface Told {
  readonly status: number;
  /** From the header; empty where there is none. */
  readonly decisionId: string;
  /** `echoed`: by a server. `refused`: by the gateway. `served`: answered by the gateway itself, or taken without an answer. */
  readonly kind: 'echoed' | 'refused' | 'served';
  /** Of a refusal. */
  readonly reasons: readonly string[];
  /** The decision id that the refusal names. */
  readonly namedId: string;
  /** Of an echo. */
  readonly sha256: string;
  readonly readings: Readings;
  readonly text: string;
}

export interface LaneOptions {
  readonly gateway: string;
  readonly server: string;
  readonly era: Era;
  /** Header that the client is known by, with its line end. */
  readonly authorization: string;
}

/** One client on one connection, with one message under way at a time. */
export class Lane implements Disposable {
  readonly server: string;
  readonly era: Era;
  readonly #connection: Connection;
  readonly #headers: string;

  private constructor({ gateway, server, era }: LaneOptions, headers: string) {
    this.server = server;
    this.era = era;
    this.#connection = new Connection(gateway);
    this.#headers = headers;
  }

  /** @throws Error with what the gateway said when it does not let the client in, or the server is not reached. */
  static async open(options: LaneOptions): Promise<Lane> {
    const { server, era, authorization } = options;
    const version = `MCP-Protocol-Version: ${VERSIONS[era]}\r\n`;
    const plain = `${HEADERS}${authorization}`;
    let headers = `${plain}${version}`;
    if (era === 'session') {
      using connection = new Connection(options.gateway);
      const params = {
        protocolVersion: VERSIONS.session,
        capabilities: {},
        clientInfo: { name: 'fuzzer', version: '1.0.0' },
      };
      const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }));
      const answer = await connection.post(`/mcp/${server}`, plain, body);
      const session = answer.headers.get('mcp-session-id');
      if (session === undefined)
        throw new Error(`no session with ${server}: ${answer.status} ${answer.body}`);
      headers += `Mcp-Session-Id: ${session}\r\n`;
    }
    const lane = new Lane(options, headers);
    const told = await lane.call('echo', {});
    if (told.kind !== 'echoed')
      throw new Error(`${server} is not reached in the ${era} era: ${told.status} ${told.text}`);
    return lane;
  }

  /** Calls a tool as every client does. */
  call(name: string, args: unknown): Promise<Told> {
    return this.send(this.bodyOf(name, Buffer.from(JSON.stringify(args))));
  }

  /** A call of this client’s, with arguments as they are spelled. */
  bodyOf(name: string, args: Uint8Array): Buffer {
    const meta = this.era === 'stateless' ? `,"_meta":${JSON.stringify(STATELESS_META)}` : '';
    const head = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":`;
    return Buffer.concat([Buffer.from(head), args, Buffer.from(`${meta}}}`)]);
  }

  /** Sends a body as it is. @throws Error when there is no answer. */
  async send(bytes: Uint8Array, headers = ''): Promise<Told> {
    const mirrored = this.era === 'stateless' ? mirroredHeaders(bytes) : '';
    return toldBy(
      await this.#connection.post(`/mcp/${this.server}`, `${this.#headers}${mirrored}${headers}`, bytes),
    );
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}

/** The headers that repeat the body, as an honest client reads it; those of a call where it cannot be read. */
function mirroredHeaders(bytes: Uint8Array): string {
  let method: unknown = 'tools/call';
  let name: unknown = 'echo';
  try {
    const message = JSON.parse(Buffer.from(bytes).toString('utf8'));
    ({ method } = message);
    name = message.params?.name;
  } catch {
    // What it is refused for is another matter.
  }
  const named = typeof name === 'string' ? `Mcp-Name: ${headerValue(name)}\r\n` : '';
  return typeof method === 'string' ? `Mcp-Method: ${headerValue(method)}\r\n${named}` : named;
}

const headerValue = (text: string): string =>
  /^[!-~](?:[ -~]*[!-~])?$/.test(text) && !text.startsWith('=?')
    ? text
    : `=?base64?${Buffer.from(text.slice(0, 2_000)).toString('base64')}?=`;

interface JsonAnswer {
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: {
      sha256?: string;
      readings?: Readings;
      reasons?: string[];
      decision_id?: string;
    };
  };
  readonly error?: {
    readonly message?: string;
    readonly data?: { failure?: string; reasons?: string[]; decision_id?: string };
  };
}

function toldBy({ status, headers, body }: HttpAnswer): Told {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const text = isStream ? lastEvent(body.toString('utf8')) : body.toString('utf8');
  const told = {
    status,
    decisionId: headers.get('bailiff-decision-id') ?? '',
    reasons: [],
    namedId: '',
    sha256: '',
    readings: {},
    text,
  };
  const { result, error } = jsonOf(text);
  if (error !== undefined) {
    const { failure = '', reasons = [failure], decision_id: namedId = '' } = error.data ?? {};
    return { ...told, kind: 'refused', reasons, namedId };
  }
  const { sha256, readings, reasons, decision_id: namedId = '' } = result?.structuredContent ?? {};
  if (sha256 !== undefined && readings !== undefined) return { ...told, kind: 'echoed', sha256, readings };
  if (result?.isError === true && reasons !== undefined)
    return { ...told, kind: 'refused', reasons, namedId };
  const isFine = status >= 200 && status < 300;
  return { ...told, kind: isFine ? 'served' : 'refused' };
}

const lastEvent = (stream: string): string => [...stream.matchAll(/^data: ?(.*)$/gm)].at(-1)?.[1] ?? '';

function jsonOf(text: string): JsonAnswer {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
