import { until } from '../../../enforcement/testing/until.ts';
import type { SendOptions, TestGateway } from './test-gateway.ts';

/** One event as it came. */
export interface ReadEvent {
  readonly id: string;
  readonly data: string;
  readonly retry: string;
}

/** A response that is read while it comes. */
export interface EventReader {
  readonly status: number;
  readonly headers: Headers;
  readonly events: ReadEvent[];
  /** Messages among the events, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
  readonly messages: any[];
  readonly isOver: boolean;
  /** Everything as it came. */
  readonly text: string;
  /** Closes the connection. */
  leave(): void;
  /** Waits for so many messages. */
  untilMessages(count: number): Promise<void>;
  untilOver(): Promise<void>;
}

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

/** Sends one request, and reads what comes as server-sent events, whatever it is. */
export async function openReader(
  gateway: TestGateway,
  server: string,
  { method = 'POST', body, who = 'bot', session = '', headers = {} }: SendOptions,
): Promise<EventReader> {
  const leaving = new AbortController();
  const all = { ...HEADERS, authorization: `Bearer ${who}`, 'mcp-session-id': session, ...headers };
  const response = await fetch(gateway.url(server), {
    method,
    headers: Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value ? [[name, value]] : [],
    ),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: leaving.signal,
  });
  let text = '';
  let isOver = false;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  const reader: EventReader = {
    status: response.status,
    headers: response.headers,
    get events() {
      return text
        .split('\n\n')
        .slice(0, -1)
        .filter((block) => !block.startsWith(':'))
        .map(readEvent);
    },
    get messages() {
      return reader.events.filter(({ data }) => data !== '').map(({ data }) => JSON.parse(data));
    },
    get isOver() {
      return isOver;
    },
    get text() {
      return text;
    },
    leave: () => leaving.abort(),
    untilMessages: (count) => until(() => reader.messages.length >= count),
    untilOver: () => until(() => isOver),
  };
  return reader;
}

function readEvent(block: string): ReadEvent {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line]));
  const fieldOf = (name: string) => fields.get(name)?.slice(name.length + 2) ?? '';
  return { id: fieldOf('id'), data: fieldOf('data'), retry: fieldOf('retry') };
}
