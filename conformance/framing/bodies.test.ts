import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { KEYS } from '../journeys/faults/gateway-process.ts';
import { verifies } from '../requirements.ts';
import { Attacked, callOf, chunked, LINE, lengthOf, SMUGGLED, type Wire } from './attack.ts';

let attacked: Attacked;
beforeAll(async () => {
  attacked = await Attacked.open();
});
afterAll(() => attacked[Symbol.asyncDispose]());
afterEach(() => attacked.expectUnharmed());

type Bytes = (wire: Wire) => string;

/** A call with these lines about its length, its body as it is, and a request behind it. */
const lengths =
  (lines: string): Bytes =>
  ({ headers, body, smuggled }) =>
    `${LINE}${headers}${lines.replaceAll('LENGTH', lengthOf(body))}\r\n\r\n${body}${smuggled}`;

/** A call in one chunk with this `Transfer-Encoding`, and a request behind it. */
const codings =
  (lines: string): Bytes =>
  ({ headers, body, smuggled }) =>
    `${LINE}${headers}${lines}\r\n\r\n${chunked(body)}${smuggled}`;

/** A call in a body that begins with `start`, where SIZE is the body’s size, and a request behind it. */
const chunks =
  (write: (size: string, body: string) => string): Bytes =>
  ({ headers, body, smuggled }) =>
    `${LINE}${headers}Transfer-Encoding: chunked\r\n\r\n${write(body.length.toString(16), body)}${smuggled}`;

describe('a body with two ends, or none that is sure, is refused, and the connection with it', () => {
  test.each<[string, Bytes]>([
    ['a length before chunks', lengths('Content-Length: 5\r\nTransfer-Encoding: chunked')],
    ['a length behind chunks', codings('Transfer-Encoding: chunked\r\nContent-Length: 5')],
    ['one length twice', lengths('Content-Length: LENGTH\r\nContent-Length: LENGTH')],
    ['two lengths', lengths('Content-Length: 0\r\nContent-Length: LENGTH')],
    ['two lengths, the other first', lengths('Content-Length: LENGTH\r\nContent-Length: 0')],
    ['a list of lengths', lengths('Content-Length: LENGTH, LENGTH')],
    ['a length with a sign', lengths('Content-Length: +LENGTH')],
    ['a negative length', lengths('Content-Length: -1')],
    ['a hexadecimal length', lengths('Content-Length: 0x10')],
    ['a length of two words', lengths('Content-Length: 1 0')],
    ['an empty length', lengths('Content-Length:')],
    ['a length beyond 64 bits', lengths('Content-Length: 18446744073709551617')],
    ['a blank before the colon of its length', lengths('Content-Length : LENGTH')],
    ['a length that is a word', lengths('Content-Length: x')],
    ['chunks, then identity', codings('Transfer-Encoding: chunked, identity')],
    ['chunks twice', codings('Transfer-Encoding: chunked, chunked')],
    ['chunks in two headers', codings('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked')],
    ['identity, then chunks', codings('Transfer-Encoding: identity, chunked')],
    ['gzip, then chunks', codings('Transfer-Encoding: gzip, chunked')],
    ['chunks, then gzip', codings('Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip')],
    ['identity alone', lengths('Transfer-Encoding: identity')],
    ['something like chunks', codings('Transfer-Encoding: xchunked')],
    ['chunks in quotes', codings('Transfer-Encoding: "chunked"')],
    ['chunks with a parameter', codings('Transfer-Encoding: chunked;q=1')],
    ['a vertical tab before its coding', codings('Transfer-Encoding: \x0bchunked')],
    ['a blank before the colon of its coding', codings('Transfer-Encoding : chunked')],
    ['its coding on the next line', codings('Transfer-Encoding:\r\n chunked')],
    ['an empty coding', codings('Transfer-Encoding:')],
  ])('as one with %s', async (_what, bytes) => {
    verifies('identity-headers');
    await attacked.expectRefused(bytes(attacked.wire), 400, 'bad_request');
  });
});

describe('chunks that another reader could cut elsewhere are refused', () => {
  test.each<[string, Bytes]>([
    ['a size with a sign', chunks((size, body) => `-${size}\r\n${body}\r\n0\r\n\r\n`)],
    ['a size with 0x', chunks((size, body) => `0x${size}\r\n${body}\r\n0\r\n\r\n`)],
    ['a blank behind the size', chunks((size, body) => `${size} \r\n${body}\r\n0\r\n\r\n`)],
    ['a blank before the size', chunks((size, body) => ` ${size}\r\n${body}\r\n0\r\n\r\n`)],
    ['a size beyond 64 bits', chunks((_size, body) => `1${'0'.repeat(17)}\r\n${body}\r\n0\r\n\r\n`)],
    ['lines that end with LF', chunks((size, body) => `${size}\n${body}\n0\n\n`)],
    ['lines that end with CR', chunks((size, body) => `${size}\r${body}\r0\r\r`)],
    ['a size that is too small', chunks((_size, body) => `5\r\n${body}\r\n0\r\n\r\n`)],
    ['no line end behind the data', chunks((size, body) => `${size}\r\n${body}0\r\n\r\n`)],
    ['an LF within an extension', chunks((size, body) => `${size};\n${body}\r\n0\r\n\r\n`)],
    ['a CR within an extension', chunks((size, body) => `${size};a\rb\r\n${body}\r\n0\r\n\r\n`)],
    ['a NUL within an extension', chunks((size, body) => `${size};a\0b\r\n${body}\r\n0\r\n\r\n`)],
    [
      'a length among the trailers',
      chunks((size, body) => `${size}\r\n${body}\r\n0\r\nContent-Length: 5\r\n\r\n`),
    ],
  ])('as with %s', async (_what, bytes) => {
    await attacked.expectRefused(bytes(attacked.wire), 400, 'bad_request');
  });

  test('as with extensions of 20,000 bytes', async () => {
    const bytes = chunks((size, body) => `${size};${'a'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`);
    await attacked.expectRefused(bytes(attacked.wire), 413, 'body_too_large');
  });

  test('as with five megabytes in a chunk that claims to have more than there is memory', async () => {
    const bytes = chunks(() => `fffffffffffff\r\n${' '.repeat(5_000_000)}`);
    await attacked.expectRefused(bytes(attacked.wire), 413, 'body_too_large');
  });
});

describe('a body with one end is read to it', () => {
  test.each<[string, Bytes]>([
    ['a length', ({ request }) => request],
    [
      'a length with zeros before it',
      ({ headers, body }) => `${LINE}${headers}Content-Length: 000${lengthOf(body)}\r\n\r\n${body}`,
    ],
    ['chunks', ({ headers, body }) => `${LINE}${headers}Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`],
    [
      'chunks in other letters, behind a tab',
      ({ headers, body }) => `${LINE}${headers}Transfer-Encoding:\tChUnKeD\r\n\r\n${chunked(body)}`,
    ],
    [
      'an extension to a chunk',
      ({ headers, body }) =>
        `${LINE}${headers}Transfer-Encoding: chunked\r\n\r\n${chunked(body, { extension: ';a=b' })}`,
    ],
    [
      'a header that is only like Transfer-Encoding',
      ({ headers, body }) =>
        `${LINE}${headers}Transfer_Encoding: chunked\r\nContent-Length: ${lengthOf(body)}\r\n\r\n${body}`,
    ],
  ])('as one with %s', async (_what, bytes) => {
    expect((await attacked.expectServed(bytes(attacked.wire))).probe?.status).toBe(200);
  });
});

describe('trailers', () => {
  test('say nothing about who calls, and never reach the server', async () => {
    verifies('identity-headers');
    const { headers, body } = attacked.wire;
    const trailers =
      `X-Api-Key: ${KEYS.operator}\r\nAuthorization: Bearer ${KEYS.operator}\r\nHost: evil.example\r\n` +
      `X-Forwarded-User: ${SMUGGLED}\r\nX-Bailiff-Agent: ${SMUGGLED}\r\nMcp-Session-Id: ${SMUGGLED}\r\n`;
    await attacked.expectServed(
      `${LINE}${headers}Transfer-Encoding: chunked\r\nTrailer: X-Api-Key\r\n\r\n${chunked(body, { trailers })}`,
    );
  });

  test('are no credential', async () => {
    const { host, body } = attacked.wire;
    const trailers = `Authorization: Bearer ${KEYS.clerk}\r\n`;
    const head = `Host: ${host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await attacked.expectRefused(`${LINE}${head}${chunked(body, { trailers })}`, 401, 'unauthenticated');
  });
});

describe('a request within the body of another', () => {
  test.each<[string, number, Bytes]>([
    [
      'a GET',
      400,
      ({ headers, smuggled }) =>
        `GET /mcp/desk HTTP/1.1\r\n${headers}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
    [
      'a PUT',
      405,
      ({ headers, smuggled }) =>
        `PUT /mcp/desk HTTP/1.1\r\n${headers}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
    [
      'a HEAD in chunks',
      405,
      ({ headers, smuggled }) =>
        `HEAD /mcp/desk HTTP/1.1\r\n${headers.replace(/^Mcp-.*\r\n/gm, '')}Transfer-Encoding: chunked\r\n\r\n${chunked(smuggled)}`,
    ],
    [
      'a GET that anybody may send',
      200,
      ({ host, smuggled }) =>
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
    [
      'a GET in chunks that anybody may send',
      200,
      ({ host, smuggled }) =>
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(smuggled)}`,
    ],
    [
      'a call without a credential',
      401,
      ({ host, smuggled }) =>
        `${LINE}Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
    [
      'a call of another type',
      415,
      ({ headers, smuggled }) =>
        `${LINE}${headers.replace('Type: application/json', 'Type: text/plain')}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
    [
      'a call that is too long',
      413,
      ({ headers, smuggled }) => `${LINE}${headers}Content-Length: 5000000\r\n\r\n${smuggled}`,
    ],
    [
      'a call to nowhere',
      404,
      ({ headers, smuggled }) =>
        `POST /mcp/nowhere HTTP/1.1\r\n${headers}Content-Length: ${lengthOf(smuggled)}\r\n\r\n${smuggled}`,
    ],
  ])('as in that of %s is never taken for one', async (_what, status, bytes) => {
    const { answers, calls } = await attacked.send(bytes(attacked.wire));
    expect([answers.map((answer) => answer.status), calls]).toEqual([[status], 0]);
  });
});

describe('requests one behind the other', () => {
  const numbered = (id: number) => {
    const { headers } = attacked.wire;
    const body = callOf('note', 'plain', id);
    return `${LINE}${headers}Content-Length: ${lengthOf(body)}\r\n\r\n${body}`;
  };

  test('are answered in their order, each once', async () => {
    const { answers, calls, probe } = await attacked.send(numbered(1) + numbered(2) + numbered(3));
    expect(answers.map(({ status, body }) => [status, JSON.parse(body).id])).toEqual([
      [200, 1],
      [200, 2],
      [200, 3],
    ]);
    expect([calls, probe?.status]).toEqual([3, 200]);
  });

  test('are not served behind one that was refused before its body was read', async () => {
    const { smuggled } = attacked.wire;
    const refused = numbered(1).replace(/Authorization: .*\r\n/, '');
    await attacked.expectRefused(refused + smuggled, 401, 'unauthenticated');
  });

  test('are not served behind what is no request', async () => {
    const { smuggled } = attacked.wire;
    await attacked.expectRefused(`NONSENSE\r\n\r\n${smuggled}`, 400, 'bad_request');
  });

  test('are not served behind one that closes the connection, which has its answer', async () => {
    const { smuggled } = attacked.wire;
    for (const behind of [smuggled, 'NONSENSE\r\n\r\n', '\r\n']) {
      const last = numbered(1).replace('\r\n', '\r\nConnection: close\r\n');
      await attacked.expectServed(last + behind);
    }
  });

  test('before what is no request are answered first, and never by the refusal of that', async () => {
    const { smuggled } = attacked.wire;
    const { answers } = await attacked.send(`${numbered(1)}NONSENSE\r\n\r\n${smuggled}`);
    // A client takes the first answer for that of its first request.
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    await attacked.desk.closed();
  });

  test('before a tunnel are never answered by the refusal of that', async () => {
    const { answers } = await attacked.send(
      `${numbered(1)}CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await attacked.desk.closed();
  });

  test('before one with a broken body are never answered by the refusal of that', async () => {
    const { headers, smuggled } = attacked.wire;
    const broken = `${LINE}${headers}Transfer-Encoding: chunked\r\n\r\nx\r\n${smuggled}`;
    const { answers } = await attacked.send(numbered(1) + broken);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await attacked.desk.closed();
  });
});
