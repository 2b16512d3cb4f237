import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifies } from '../requirements.ts';
import { Attacked, chunked, LINE, lengthOf, type Wire } from './attack.ts';

let attacked: Attacked;
beforeAll(async () => {
  attacked = await Attacked.open();
});
afterAll(() => attacked[Symbol.asyncDispose]());
afterEach(() => attacked.expectUnharmed());

/** A call with more header lines, and a request behind it. */
const withLines = ({ headers, body, smuggled }: Wire, lines: string) =>
  `${LINE}${headers}${lines}Content-Length: ${lengthOf(body)}\r\n\r\n${body}${smuggled}`;

describe('a head that another reader could read otherwise is refused, and the connection with it', () => {
  test.each<[string, (wire: Wire) => string]>([
    ['a header over two lines', (wire) => withLines(wire, 'X-A: b\r\n c\r\n')],
    ['a first header that is indented', ({ request }) => request.replace(LINE, `${LINE} X: y\r\n`)],
    ['a bare LF behind a header', (wire) => withLines(wire, 'X-A: b\n')],
    ['a bare CR within a header', (wire) => withLines(wire, 'X-A: b\rX-C: d\r\n')],
    ['bare LF everywhere', ({ request }) => request.replaceAll('\r\n', '\n')],
    ['LF LF at its end', ({ request, smuggled }) => `${request.replace('\r\n\r\n', '\n\n')}${smuggled}`],
    ['a NUL in a value', (wire) => withLines(wire, 'X-A: b\0c\r\n')],
    ['a NUL in a name', (wire) => withLines(wire, 'X\0A: b\r\n')],
    ['a header without a name', (wire) => withLines(wire, ': x\r\n')],
    ['a line without a colon', (wire) => withLines(wire, 'Nonsense\r\n')],
    ['a blank in a name', (wire) => withLines(wire, 'X A: b\r\n')],
    ['more than 100 headers', (wire) => withLines(wire, 'X: y\r\n'.repeat(101))],
    ['a line of a proxy before it', ({ request }) => `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${request}`],
    ['TLS instead of it', () => '\x16\x03\x01\x00\x05hello'],
  ])('as one with %s', async (_what, bytes) => {
    await attacked.expectRefused(bytes(attacked.wire), 400, 'bad_request');
  });

  test.each<[string, (wire: Wire) => string]>([
    ['a header of 20,000 bytes', (wire) => withLines(wire, `X-A: ${'a'.repeat(20_000)}\r\n`)],
    ['a target of 20,000 bytes', ({ request }) => request.replace('desk', 'd'.repeat(20_000))],
    ['headers of 20,000 bytes together', (wire) => withLines(wire, `X: ${'y'.repeat(1_000)}\r\n`.repeat(20))],
  ])('as one with %s', async (_what, bytes) => {
    await attacked.expectRefused(bytes(attacked.wire), 431, 'headers_too_large');
  });
});

const HOST = /Host: .*\r\n/;

describe('a request is served under the gateway’s own names only', () => {
  test.each<[string, string]>([
    ['none', ''],
    ['one twice', 'Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n'],
    ['another behind it', 'Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n'],
    ['another before it', 'Host: evil.example\r\nhost: 127.0.0.1:PORT\r\n'],
  ])('and refused with %s', async (_what, lines) => {
    verifies('hole-host');
    const { request, port } = attacked.wire;
    await attacked.expectRefused(request.replace(HOST, lines.replaceAll('PORT', port)), 400, 'bad_request');
  });

  test.each([
    '',
    'localhost',
    'localhost:',
    'localhost:PORT/#@x',
    '127.0.0.1:PORT/#@evil.example',
    'user@127.0.0.1:PORT',
    'user:password@127.0.0.1:PORT',
    '127.0.0.1@evil.example:PORT',
    'localhost.:PORT',
    '127.0.0.1.:PORT',
    'localhost:PORT.',
    'localhost:0PORT',
    'localhost:PORT:1',
    'evil.example',
    'evil.example:PORT',
    'localhost.evil.example:PORT',
    'evil-localhost:PORT',
    '127.0.0.1, evil.example',
    '127.0.0.1:PORT, evil.example',
    '127.0.0.1:PORT evil.example',
    '127.1:PORT',
    '2130706433:PORT',
    '0x7f.0.0.1:PORT',
    '0:PORT',
    '0.0.0.0:PORT',
    '[::ffff:127.0.0.1]:PORT',
    'http://127.0.0.1:PORT',
  ])('and refused as %j', async (host) => {
    verifies('hole-host');
    const { request, port } = attacked.wire;
    const line = `Host: ${host.replaceAll('PORT', port)}\r\n`;
    await attacked.expectRefused(request.replace(HOST, line), 403, 'origin_refused');
  });

  test.each(['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT'])('as %s', async (host) => {
    const { request, port } = attacked.wire;
    await attacked.expectServed(request.replace(HOST, `Host: ${host.replace('PORT', port)}\r\n`));
  });
});

describe('a request of a web page is refused', () => {
  test.each([
    '',
    'null',
    'NULL',
    'file://',
    'http://evil.example',
    'http://127.0.0.1:PORT',
    'http://localhost:PORT',
    'http://127.0.0.1:PORT.evil.example',
    'http://localhost.evil.example:PORT',
    'http://evil.example#127.0.0.1:PORT',
    'http://127.0.0.1:PORT@evil.example',
    'http://127.0.0.1:PORT, http://evil.example',
    'vscode-webview://evil',
  ])('from %j', async (origin) => {
    verifies('hole-host');
    const line = `Origin: ${origin.replaceAll('PORT', attacked.wire.port)}\r\n`;
    await attacked.expectRefused(withLines(attacked.wire, line), 403, 'origin_refused');
  });

  test('from two places at once', async () => {
    const lines = `Origin: http://${attacked.wire.host}\r\nOrigin: http://evil.example\r\n`;
    await attacked.expectRefused(withLines(attacked.wire, lines), 400, 'bad_request');
  });
});

describe('a second value of what names the caller is refused', () => {
  test.each([
    'Authorization: Bearer x',
    'Mcp-Session-Id: x',
    'Content-Type: application/json',
    'Mcp-Protocol-Version: 2025-06-18',
  ])('as a second %s', async (line) => {
    await attacked.expectRefused(withLines(attacked.wire, `${line}\r\n`), 400, 'bad_request');
  });

  test('as a key beside a token', async () => {
    verifies('hole-second-mechanism');
    await attacked.expectRefused(withLines(attacked.wire, 'X-Api-Key: x\r\n'), 401, 'unauthenticated');
  });
});

describe('another version', () => {
  const version = (name: string) => attacked.wire.request.replace('HTTP/1.1', name);

  test('1.0 is answered and the connection closed, or kept where that is asked for', async () => {
    expect((await attacked.expectServed(version('HTTP/1.0'))).probe).toBeUndefined();
    const kept = version('HTTP/1.0').replace('\r\n', '\r\nConnection: keep-alive\r\n');
    expect((await attacked.expectServed(kept)).probe?.status).toBe(200);
  });

  test('1.0 has neither chunks nor a way around Host', async () => {
    const { headers, body } = attacked.wire;
    const chunks = `POST /mcp/desk HTTP/1.0\r\n${headers}Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`;
    await attacked.expectRefused(chunks, 400, 'bad_request');
    await attacked.expectRefused(version('HTTP/1.0').replace(HOST, ''), 400, 'bad_request');
  });

  test.each([
    'HTTP/0.9',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/3.0',
    'HTTP/1.1.1',
    'HTTP/11',
    'http/1.1',
    'HTTPS/1.1',
    '',
  ])('%j is refused', async (name) => {
    await attacked.expectRefused(version(name), 400, 'bad_request');
  });

  test('by the beginning of HTTP/2 is refused', async () => {
    await attacked.expectRefused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'bad_request');
  });

  test('that is offered is not taken up', async () => {
    const { headers, body, smuggled } = attacked.wire;
    const lines =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
    const { interim } = await attacked.expectServed(
      `${LINE}${headers}${lines}Content-Length: ${lengthOf(body)}\r\n\r\n${body}`,
    );
    expect(interim).toEqual([]);
    const socket = `GET /mcp/desk HTTP/1.1\r\n${headers}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n`;
    await attacked.expectRefused(`${socket}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`, 400);
  });
});

describe('what a client expects first', () => {
  test('is a 100 that is followed by one answer', async () => {
    const { headers, body } = attacked.wire;
    const { interim } = await attacked.expectServed(
      `${LINE}${headers}Expect: 100-continue\r\nContent-Length: ${lengthOf(body)}\r\n\r\n${body}`,
    );
    expect(interim).toEqual([100]);
  });

  test('changes nothing about a refusal', async () => {
    const { host, smuggled } = attacked.wire;
    const head = `${LINE}Host: ${host}\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n`;
    await attacked.expectRefused(
      `${head}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
      401,
      'unauthenticated',
    );
  });

  test('of any other kind is not known here, and one answer comes', async () => {
    const { headers, body } = attacked.wire;
    await attacked.expectServed(
      `${LINE}${headers}Expect: a-miracle\r\nContent-Length: ${lengthOf(body)}\r\n\r\n${body}`,
    );
  });
});

describe('a method that is not POST makes no call', () => {
  test.each<[string, number]>([
    ['post', 400],
    ['Post', 400],
    ['POST\t', 400],
    ['PO ST', 400],
    ['POSTS', 400],
    ['', 400],
    ['FOO', 400],
    ['TRACK', 400],
    ['GET', 400],
    ['TRACE', 405],
    ['PROPFIND', 405],
    ['PURGE', 405],
    ['CONNECT', 405],
  ])('as %j', async (method, status) => {
    verifies('hole-methods');
    await attacked.expectRefused(attacked.wire.request.replace('POST', method), status);
  });

  test.each([
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
  ])('by the header %s', async (name) => {
    verifies('hole-methods');
    const { headers, body } = attacked.wire;
    await attacked.expectRefused(
      `GET /mcp/desk HTTP/1.1\r\n${headers}${name}: POST\r\nContent-Length: ${lengthOf(body)}\r\n\r\n${body}`,
      400,
    );
  });
});

describe('a target that is not exactly that of a server makes no call', () => {
  test.each([
    '/mcp/./desk',
    '/mcp/../mcp/desk',
    '/mcp/x/../desk',
    '/mcp/desk/../other',
    '/mcp/%64esk',
    '/mcp/%2e/desk',
    '/mcp/%2e%2e/mcp/desk',
    '//mcp/desk',
    '/mcp//desk',
    '/mcp/desk/',
    '/mcp/desk;',
    '/mcp/desk;a=b',
    '/mcp%2fdesk',
    '/mcp/desk%2f',
    '/mcp/desk%00',
    '/mcp/desk%20',
    '/mcp/desk%c0%af',
    '/mcp/desk#x',
    '/mcp/DESK',
    '/MCP/desk',
    '/mcp/__proto__',
    '/mcp/constructor',
    '/mcp/',
    'http://HOST/mcp/desk',
    'http://evil.example/mcp/desk',
    'https://HOST/mcp/desk',
  ])('as %s', async (target) => {
    const { request, host } = attacked.wire;
    await attacked.expectRefused(request.replace('/mcp/desk', target.replace('HOST', host)), 404);
  });

  test.each([
    '/mcp/desk?',
    '/mcp/desk?a=b',
    '/mcp\\desk',
    'mcp/desk',
    '/mcp/d\xe9sk',
    '/mcp/desk\0',
    '*',
    '',
  ])('as %j', async (target) => {
    await attacked.expectRefused(attacked.wire.request.replace('/mcp/desk', target), 400);
  });
});

test('lines before a request are no request', async () => {
  await attacked.expectServed(`\r\n\r\n${attacked.wire.request}`);
});

test('what a client says belongs to the connection alone is believed of nobody', async () => {
  const { headers, body } = attacked.wire;
  const lines = 'Connection: close, authorization, mcp-session-id\r\n';
  await attacked.expectServed(`${LINE}${headers}${lines}Content-Length: ${lengthOf(body)}\r\n\r\n${body}`);
});
