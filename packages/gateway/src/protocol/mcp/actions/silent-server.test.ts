import type { Call } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ERAS, openCompany } from '../all-servers/testing/open-company.ts';
import { ASIDE_PATIENCE_MS } from '../servers/patience.ts';
import { deny } from '../testing/answers.ts';

const SILENT = { isSilent: true, entries: { tools: [{ name: 'read' }] } };

beforeEach(() => {
  const toFake = ['setTimeout', 'clearTimeout', 'performance'] as const;
  vi.useFakeTimers({ toFake: [...toFake], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(ERAS)('a server that says nothing, for a client of the %s era', (era) => {
  test.each([
    ['tools/call', { name: 'read' }],
    ['resources/read', { uri: 'note://a' }],
    ['prompts/get', { name: 'greet' }],
  ])('%s is denied without waiting for it, but once to tell how', async (method, params) => {
    const silent = { ...SILENT, isSilent: false };
    await using company = await openCompany({ silent }, { decide: ({ decisionId }) => deny(decisionId) });
    await company.asks(era, 'silent', 'tools/list');
    silent.isSilent = true;
    const ask = () => company.asks(era, 'silent', method, params);
    let isTold = false;
    const first = ask().finally(() => {
      isTold = true;
    });
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(ASIDE_PATIENCE_MS);
      expect(isTold).toBe(true);
    });
    expect((await first).text).toContain('not_cleared');
    const beforeMs = performance.now();
    expect((await ask()).text).toContain('not_cleared');
    expect(performance.now() - beforeMs).toBeLessThan(ASIDE_PATIENCE_MS / 2);
    expect(company.calls).toHaveLength(2);
  });

  test('a call of its tool is decided before it is asked anything, and written as it then says', async () => {
    const spoken = Promise.withResolvers<void>();
    const sent: string[] = [];
    const answer = ({ bytes }: Call) => {
      sent.push(String(bytes));
      return { content: [] };
    };
    const late = { ...SILENT, isSilent: false, era: 'stateless' as const, speaks: spoken.promise, answer };
    await using company = await openCompany({ late });
    await company.asks(era, 'late', 'tools/list');
    late.isSilent = true;
    const called = company.asks(era, 'late', 'tools/call', { name: 'read', arguments: {} });
    await vi.waitFor(() => expect(company.calls).toHaveLength(1));
    spoken.resolve();
    expect((await called).json.result.content).toEqual([]);
    expect(JSON.parse(sent[0] ?? '').params._meta).toMatchObject({
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    });
  });
});
