import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCEPTED, VECTORS } from '../json/testing/vectors.ts';
import { type ScriptedCrm, startScriptedCrm } from './testing/scripted-crm.ts';
import type { TestGateway } from './testing/test-gateway.ts';

let crm: ScriptedCrm;
beforeAll(async () => {
  crm = await startScriptedCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

describe('the texts that parsers disagree about', () => {
  /** The vector as the arguments’ one value, exactly as its bytes are. */
  const bodyWith = (bytes: Buffer) =>
    Buffer.concat([
      Buffer.from(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call","arguments":{"value":',
      ),
      bytes,
      Buffer.from('}}}'),
    ]);
  let gateway: TestGateway;
  let session: string;
  beforeAll(async () => {
    gateway = await crm.start();
    session = await gateway.open('crm');
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test.each(VECTORS)('$id within the arguments arrives as it was decided about, or not at all', async ({
    id,
    bytes,
  }) => {
    const before = crm.upstream.of('tools/call').length;
    const { status, json } = await gateway.send('crm', { session, raw: bodyWith(bytes) });
    const arrived = crm.bodiesOf('tools/call').slice(before);
    if (ACCEPTED.has(id)) {
      expect(status).toBe(200);
      const call = gateway.calls.at(-1);
      expect(arrived).toStrictEqual([String(call?.bytes)]);
      expect(JSON.stringify(JSON.parse(arrived[0] ?? '').params.arguments)).toBe(JSON.stringify(call?.args));
    } else {
      expect(arrived).toStrictEqual([]);
      expect(status).toBe(400);
      expect(json.error).toMatchObject({ code: -32700, data: { failure: 'unparseable' } });
      expect(gateway.refusals.at(-1)?.failure.code).toBe('unparseable');
    }
  });

  test.each(VECTORS)('$id as the whole body never reaches the server', async ({ bytes }) => {
    const before = crm.upstream.seen.length;
    const { status, json } = await gateway.send('crm', { session, raw: bytes });
    expect(status).toBe(400);
    expect(json.error.data.decision_id).toMatch(/^decision-/);
    expect(crm.upstream.seen).toHaveLength(before);
  });

  test('nesting is accepted up to the limit and refused beyond it', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    // The message, its params and its arguments are three levels themselves.
    const nested = (levels: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call","arguments":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}}`;
    expect((await gateway.send('crm', { session, raw: nested(61) })).status).toBe(200);
    expect((await gateway.send('crm', { session, raw: nested(62) })).json.error.data.failure).toBe(
      'unparseable',
    );
  });
});
