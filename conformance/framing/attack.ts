import { expect } from 'vitest';
import { CountingUpstream } from '../journeys/faults/counting-upstream.ts';
import { type Desk, openDesk } from '../journeys/faults/desk.ts';
import { KEYS } from '../journeys/faults/gateway-process.ts';
import { until } from '../journeys/faults/processes.ts';
import { expectPromisesKept, readRecord } from '../journeys/faults/record.ts';
import { type Conversation, converse } from './connection.ts';

/** Is in every request that must never reach the server. */
export const SMUGGLED = 'smuggled-4711';

/** Parts of requests to one gateway, valid until somebody spoils them. */
export interface Wire {
  /** As in the header `Host`. */
  readonly host: string;
  readonly port: string;
  /** Headers of a call by somebody who may make it, each with its line end; no length. */
  readonly headers: string;
  /** Body of a call that is allowed. */
  readonly body: string;
  /** A whole request for it. */
  readonly request: string;
  /** A whole, valid request that is sent where it must not be taken for one. */
  readonly smuggled: string;
}

export const LINE = 'POST /mcp/desk HTTP/1.1\r\n';

/** A call and its length, in place of the request’s own. */
export const lengthOf = (text: string): string => String(Buffer.byteLength(text));

/** One chunk and the end. */
export const chunked = (body: string, { extension = '', trailers = '' } = {}): string =>
  `${body.length.toString(16)}${extension}\r\n${body}\r\n0\r\n${trailers}\r\n`;

/** A gateway under attack, and the server behind it that counts what it gets. */
export class Attacked implements AsyncDisposable {
  readonly upstream: CountingUpstream;
  readonly desk: Desk;
  readonly wire: Wire;

  private constructor(upstream: CountingUpstream, desk: Desk) {
    this.upstream = upstream;
    this.desk = desk;
    const { host, port } = new URL(desk.gateway.url);
    const headers =
      `Host: ${host}\r\nAuthorization: Bearer ${KEYS.clerk}\r\nMcp-Session-Id: ${desk.client.session}\r\n` +
      'Mcp-Protocol-Version: 2025-11-25\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n';
    const whole = (body: string) => `${LINE}${headers}Content-Length: ${lengthOf(body)}\r\n\r\n${body}`;
    const body = callOf('note', 'plain');
    this.wire = {
      host,
      port,
      headers,
      body,
      request: whole(body),
      smuggled: whole(callOf('note', SMUGGLED)),
    };
  }

  static async open(): Promise<Attacked> {
    const upstream = await CountingUpstream.open();
    return new Attacked(upstream, await openDesk(upstream));
  }

  /**
   * Sends an attack and sees what holds for all of them: whole answers and no others, nothing smuggled at the server, and
   * nobody’s credential either.
   */
  async send(bytes: string): Promise<Conversation & { readonly calls: number }> {
    const [calls, requests] = [this.upstream.calls.length, this.upstream.requests.length];
    const conversation = await converse(this.desk.gateway.url, bytes);
    expect(conversation.rest, 'nothing but whole answers').toBe('');
    const seen = JSON.stringify(this.upstream.requests.slice(requests));
    expect(seen).not.toContain(SMUGGLED);
    for (const key of Object.values(KEYS)) expect(seen).not.toContain(key);
    return { ...conversation, calls: this.upstream.calls.length - calls };
  }

  /** One refusal that is known by an id, with nothing behind it served; the server gets nothing. */
  async expectRefused(bytes: string, status: number, reason?: string): Promise<void> {
    const { answers, calls, interim } = await this.send(bytes);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(interim.filter((each) => each !== 100)).toEqual([]);
    expect(calls).toBe(0);
    if (reason === undefined) return;
    const [answer] = answers;
    const { code, error } = JSON.parse(answer?.body ?? '{}');
    expect(code ?? error?.data?.failure).toBe(reason);
    const id = answer?.headers.get('bailiff-decision-id') ?? '';
    await until('it is recorded', () => readRecord(this.desk.gateway.record).refusals.has(id));
  }

  /** One call is answered and made once, and the connection is in step afterwards, or closed. */
  async expectServed(bytes: string): Promise<Conversation> {
    const { calls, ...conversation } = await this.send(bytes);
    const [answer, ...others] = conversation.answers;
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"done"') });
    expect(others).toEqual([]);
    expect(calls).toBe(1);
    return conversation;
  }

  /** Nobody else is the worse for it. */
  async expectUnharmed(): Promise<void> {
    expect((await this.desk.call()).kind).toBe('done');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.desk.closed();
    expectPromisesKept(readRecord(this.desk.gateway.record), this.upstream, this.desk.told);
    await this.desk[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
  }
}

/** A call whose argument tells it from others; `id` tells it from others of its session. */
export function callOf(name: string, marker: string, id = 1): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: { marker } },
  });
}
