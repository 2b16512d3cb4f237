import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** One `tools/call` as its bytes reached the server. */
export interface ReceivedCall {
  /** The JSON-RPC id; the gateway makes it the decision’s. */
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether the record held an allow of exactly these bytes at the moment they arrived; undefined where nobody looked. */
  readonly wasRecorded: boolean | undefined;
}

/** One HTTP request of any kind. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with a call that it has read. */
export type Behaviour = (call: ReceivedCall, response: ServerResponse) => void;

/** Looks into the record while a call arrives. */
export type Witness = (call: { readonly id: string; readonly sha256: string }) => boolean;

const TOOLS = ['lookup', 'note', 'read', 'send_email', 'update_contact'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
}));

/** An MCP server over streamable HTTP that counts and hashes the calls it gets, and misbehaves when it is told to. */
export class CountingUpstream implements AsyncDisposable {
  readonly calls: ReceivedCall[] = [];
  readonly requests: ReceivedRequest[] = [];
  /** Decision ids of the calls that it was told nobody waits for any more. */
  readonly cancelled: string[] = [];
  behaviour: Behaviour = answering;
  witness: Witness | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<CountingUpstream> {
    const upstream = new CountingUpstream(createServer());
    await upstream.#listen();
    return upstream;
  }

  /** One that is there before the tests of the file or suite in which it is called, and until after them. */
  static ofSuite({ forgets = false }: { readonly forgets?: boolean } = {}): CountingUpstream {
    const upstream = new CountingUpstream(createServer());
    beforeAll(() => upstream.#listen());
    if (forgets) beforeEach(() => upstream.forget());
    afterAll(() => upstream[Symbol.asyncDispose]());
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  /** Begins to count anew, with nobody who looks into the record. */
  forget(): void {
    this.witness = undefined;
    this.calls.length = 0;
    this.requests.length = 0;
    this.cancelled.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    this.#server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => {}); // A gateway that is killed breaks off; what arrived whole counts.
      response.on('error', () => {});
      request.on('end', () => this.#received(Buffer.concat(chunks), request.headers, response));
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #received(body: Buffer, headers: IncomingHttpHeaders, response: ServerResponse): void {
    const text = body.toString('utf8');
    this.requests.push({ headers, body: text });
    const message = text === '' ? {} : JSON.parse(text);
    switch (message.method) {
      case 'tools/call': {
        const { id } = message;
        const sha256 = hash('sha256', body);
        const call = { id, sha256, bytes: body.length, wasRecorded: this.witness?.({ id, sha256 }) };
        this.calls.push(call);
        this.behaviour(call, response);
        return;
      }
      case 'initialize':
        result(response, message.id, {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'counting', version: '1.0.0' },
        });
        return;
      case 'tools/list':
        result(response, message.id, { tools: TOOLS });
        return;
      case 'notifications/cancelled':
        this.cancelled.push(message.params.requestId);
        break;
    }
    response.writeHead(202).end();
  }
}

/** Answers at once. */
export const answering: Behaviour = ({ id }, response) =>
  result(response, id, { content: [{ type: 'text', text: 'done' }] });

function result(response: ServerResponse, id: string, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: value }));
}
