import type { Json, JsonObject, MaskStrategy } from '@bailiff/contract';
import { DecisionEntry } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { MASKED, masked, maskFieldsOf, SEEKING_WORK_MAX } from './mask.ts';
import { type SampleOptions, sampleAnswer, sampleDecision } from './testing/sample-entries.ts';

const KEY = Buffer.alloc(32, 7);
const IBAN = 'DE89370400440532013000';

const maskedSample = (fields: Record<string, MaskStrategy>, options: Partial<SampleOptions>, key = KEY) => {
  const entry = sampleDecision({ id: 'd-1', ...options });
  return { ...entry, ...masked(entry, fields, key) };
};
const argsOf = (entry: Pick<DecisionEntry, 'input'>) =>
  (entry.input as { action: { args: JsonObject } }).action.args;

describe('masking', () => {
  test('remove takes the field out and lists its path', () => {
    const entry = maskedSample({ '/action/args/iban': 'remove' }, { args: { iban: IBAN, rows: 3 } });
    expect(argsOf(entry)).toEqual({ rows: 3 });
    expect(entry.masked).toEqual([{ path: '/action/args/iban', strategy: 'remove' }]);
    expect(DecisionEntry.parse(entry)).toEqual(entry);
  });

  test('hash leaves a keyed hash by which equal values can be told, under this key only', () => {
    const hashed = (value: string, key = KEY) =>
      argsOf(maskedSample({ '/action/args/iban': 'hash' }, { args: { iban: value } }, key)).iban;
    expect(hashed(IBAN)).toMatch(/^hmac-sha256:[0-9a-f]{32}$/);
    expect(hashed(IBAN)).toBe(hashed(IBAN));
    expect(hashed(IBAN)).not.toBe(hashed('DE00'));
    expect(hashed(IBAN)).not.toBe(hashed(IBAN, Buffer.alloc(32, 8)));
  });

  test.each([
    ['a long text by its last characters', IBAN, '***3000'],
    ['a short text not at all', '12345678', '***'],
    ['a long number like a text', 4111111111111111, '***1111'],
    ['an object not at all', { secret: IBAN }, '***'],
  ])('partial shows %s', (_what, value, shown) => {
    const entry = maskedSample({ '/action/args/value': 'partial' }, { args: { value } });
    expect(argsOf(entry)).toEqual({ value: shown });
  });

  test('a path into an array keeps the array’s length, and a path that is not there is not listed', () => {
    const fields = {
      '/action/args/rows/1/name': 'remove',
      '/action/args/ids/0': 'remove',
      '/action/args/none': 'hash',
      '/action/args/ids/length': 'hash',
    } as const;
    const entry = maskedSample(fields, {
      args: { rows: [{ name: 'Anna' }, { name: 'Berta', n: 1 }], ids: ['abcd', 2] },
    });
    expect(argsOf(entry)).toEqual({ rows: [{ name: 'Anna' }, { n: 1 }], ids: [null, 2] });
    expect(entry.masked.map(({ path }) => path)).not.toContain('/action/args/none');
  });

  test('a pointer’s escapes name the keys they stand for, and inherited names are no fields', () => {
    const entry = maskedSample(
      { '/action/args/a~1b': 'remove', '/action/args/c~0d': 'remove', '/action/args/constructor': 'remove' },
      { args: { 'a/b': 'one!', 'c~d': 'two!', kept: 1 } },
    );
    expect(argsOf(entry)).toEqual({ kept: 1 });
    expect(entry.masked).toHaveLength(2);
  });

  test('masking the user masks the principal’s user too', () => {
    const entry = maskedSample({ '/user/id': 'hash' }, {});
    expect(entry.principal.user).toMatch(/^hmac-sha256:/);
    expect((entry.input as { user: JsonObject }).user.id).toBe(entry.principal.user);
  });

  test('a value that equals the agent, a rule or the outcome does not remove those from the record', () => {
    const args = { a: 'support-bot', b: 'identity.agent_in_scope', c: 'allow', d: 'crm.read' };
    const fields = Object.fromEntries(
      Object.keys(args).map((name) => [`/action/args/${name}`, 'remove' as const]),
    );
    const plain = sampleDecision({ id: 'd-1', args });
    const entry = maskedSample(fields, { args });
    expect({ ...entry, input: null, masked: [] }).toEqual({ ...plain, input: null });
    expect(entry.input).toEqual({
      ...plain.input,
      action: { ...(plain.input.action as object), args: {} },
    });
  });

  test('a value inside a resource’s URI is removed, percent-encoded or not', () => {
    const entry = sampleDecision({ id: 'd-1', args: { name: 'Anna Berg' } });
    const input = entry.input as { action: { target: object } } & JsonObject;
    const resource = (id: string) => ({
      ...input,
      action: { ...input.action, target: { kind: 'resource', id } },
    });
    for (const uri of ['file:///people/Anna%20Berg', 'file:///people/Anna Berg']) {
      const parts = masked(
        { ...entry, input: resource(uri) as never },
        { '/action/args/name': 'remove' },
        KEY,
      );
      expect(JSON.stringify(parts.input)).toContain('file:///people/[masked]');
    }
  });

  test('without a mask duty nothing changes', () => {
    const entry = sampleDecision({ id: 'd-1' });
    expect(masked(entry, maskFieldsOf(entry.answer), KEY)).toEqual({ ...entry });
  });

  test('the fields are those of the answer’s mask duty', () => {
    const fields = { '/action/args/iban': 'hash' } as const;
    expect(maskFieldsOf(sampleAnswer({ id: 'd', mask: fields }))).toEqual(fields);
    expect(maskFieldsOf(sampleAnswer({ id: 'd' }))).toEqual({});
  });
});

test.each([1, 5])('row %i hides every argument and whatever else policy masked', (resolution) => {
  const answer = sampleAnswer({
    id: 'd',
    outcome: 'deny',
    resolution,
    mask: { '/user/id': 'hash', '/action/args/iban': 'hash' },
  });
  const fields = maskFieldsOf(answer);
  expect(fields).toEqual({ '/user/id': 'hash', '/action/args/iban': 'hash', '/action/args': 'remove' });
  const entry = maskedSample(fields, { args: { iban: IBAN, rows: 3 } });
  expect(JSON.stringify(entry)).not.toContain('mara');
  expect(JSON.stringify(entry)).not.toContain(IBAN);
  expect(entry.input).not.toHaveProperty('action.args');
});

describe('what masking costs is bounded, whatever the arguments are', () => {
  /** Characters and texts that are searched while `run` runs, counted as the bound counts them. */
  const workOf = <Result>(run: () => Result): { readonly result: Result; readonly work: number } => {
    const { replaceAll } = String.prototype;
    let work = 0;
    const spy = vi.spyOn(String.prototype, 'replaceAll').mockImplementation(function (
      this: string,
      ...[sought, by]: [string | RegExp, unknown]
    ) {
      work += this.length + 16;
      return Reflect.apply(replaceAll, this, [sought, by]);
    });
    try {
      return { result: run(), work };
    } finally {
      spy.mockRestore();
    }
  };
  /** A call about a resource whose URI, message and session repeat what the arguments hold. */
  const telling = (args: JsonObject, told: string) => {
    const entry = sampleDecision({ id: 'd-1', outcome: 'deny', args, message: `No, ${told} is too much.` });
    const input = entry.input as unknown as { action: JsonObject; session: JsonObject } & JsonObject;
    return {
      ...entry,
      input: {
        ...input,
        action: { ...input.action, target: { kind: 'resource', id: `file:///${told}` } },
        session: { ...input.session, client_name: told },
      },
      list: { candidates: 1, visible: [told] },
      answer: {
        ...entry.answer,
        alternatives: [{ change: { 'action.args.body': told }, verified: true }],
        metadata: { ...entry.answer.metadata, failures: [{ kind: 'argument', subject: told }] },
      },
    } as unknown as DecisionEntry;
  };
  const canaries = (count: number, length: number) =>
    Array.from({ length: count }, (_, number) => `canary${number}-`.padEnd(length, 'x'));

  test('a body of 4 MB in short texts is searched no more than the bound, and its values are nowhere', () => {
    const body = canaries(100_000, 40);
    const entry = telling({ body, others: body }, body[77_777] as string);
    const { result, work } = workOf(() => masked(entry, { '/action/args/body': 'hash' }, KEY));
    expect(work).toBeLessThanOrEqual(SEEKING_WORK_MAX);
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(result.masked).toEqual([
      { path: '/action/args/body', strategy: 'hash' },
      { path: '/action/args', strategy: 'remove' },
    ]);
    expect(result.answer).toMatchObject({
      message: MASKED,
      alternatives: [{ change: { [MASKED]: MASKED }, verified: true }],
      metadata: { failures: [{ kind: 'argument', subject: MASKED }] },
    });
    expect(DecisionEntry.parse({ ...entry, ...result })).toBeDefined();
  });

  test('few values in much text are not sought either: the arguments go whole, and the rest stays readable', () => {
    const body = canaries(60, 40);
    const entry = telling({ body, text: `${body[7]}${'y'.repeat(1_000_000)}` }, body[7] as string);
    const { result, work } = workOf(() => masked(entry, { '/action/args/body': 'remove' }, KEY));
    expect(work).toBeLessThanOrEqual(SEEKING_WORK_MAX);
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(result.input).not.toHaveProperty('action.args');
    expect(result.answer).toMatchObject({ message: `No, ${MASKED} is too much.` });
  });

  test('values that fields name one by one are bounded alike, and other fields are masked beside them', () => {
    const body = canaries(2_000, 20);
    const fields = Object.fromEntries(
      body.map((_, index) => [`/action/args/body/${index}`, 'remove' as const]),
    );
    const result = masked(telling({ body }, body[7] as string), { ...fields, '/user/id': 'hash' }, KEY);
    expect(result.masked).toContainEqual({ path: '/action/args', strategy: 'remove' });
    expect(result.input).not.toHaveProperty('action.args');
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(result.principal.user).toMatch(/^hmac-sha256:/);
  });

  test('values that are parts of what takes their place do not make the record grow', () => {
    const parts = ['[masked', 'masked]', 'maske', 'asked', 'mask', 'sked'];
    const entry = sampleDecision({ id: 'd-1', args: { parts, text: 'mask'.repeat(10_000) } });
    const result = masked(entry, { '/action/args/parts': 'remove' }, KEY);
    expect(argsOf(result).text).toBe(MASKED.repeat(10_000));
  });

  test('a value that is the name of a recorded fact leaves the entry one of its schema', () => {
    const entry = telling({ name: 'kind', other: 'change', third: 'subject' }, 'kind');
    const fields = { '/action/args/name': 'remove', '/action/args/other': 'remove' } as const;
    const result = masked(entry, { ...fields, '/action/args/third': 'remove' }, KEY);
    expect(DecisionEntry.parse({ ...entry, ...result })).toBeDefined();
  });
});

/** Values that occur nowhere by chance, some with characters that JSON and URIs escape. */
const canary = fc
  .tuple(fc.stringMatching(/^[A-Z]{6,12}$/), fc.constantFrom('', '"', '\\', '/', ' ', '\n', 'é', '😀', '%'))
  .map(([text, odd]) => `canary-${text}${odd}${text}`);
const somewhere = (secret: string): fc.Arbitrary<Json> =>
  fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Json>(secret, `around ${secret} it`, 7, true, null, 'plain'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', secret, `x ${secret}`), tie('json'), { maxKeys: 3 }),
    ),
  })).json;

test('masked values occur nowhere in the stored record', () => {
  const cases = canary.chain((secret) =>
    fc.record({
      secret: fc.constant(secret),
      value: fc.oneof(fc.constant<Json>(secret), fc.constant<Json>({ deep: [secret] })),
      others: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), somewhere(secret), { maxKeys: 4 }),
      strategy: fc.constantFrom<MaskStrategy>('remove', 'hash', 'partial'),
      outcome: fc.constantFrom('allow', 'approval_required', 'deny'),
    }),
  );
  fc.assert(
    fc.property(cases, ({ secret, value, others, strategy, outcome }) => {
      const entry = sampleDecision({
        id: 'd-1',
        outcome,
        message: `No, ${secret} is not allowed.`,
        args: { ...others, hidden: value },
      });
      const { answer } = entry;
      const input = entry.input as unknown as { session: object };
      const told = {
        ...entry,
        input: { ...input, session: { ...input.session, client_name: `client of ${secret}` } },
        list: { candidates: 1, visible: [`file:///${encodeURIComponent(secret)}`] },
        answer: {
          ...answer,
          ...(answer.outcome === 'allow'
            ? {}
            : { alternatives: [{ change: { 'action.args.hidden': secret }, verified: true as const }] }),
          metadata: {
            ...answer.metadata,
            failures: [{ kind: 'argument', subject: `/action/args/${secret}` }],
          },
        },
      } as DecisionEntry;
      const stored = JSON.stringify(masked(told, { '/action/args/hidden': strategy }, KEY));
      const texts: string[] = [];
      JSON.parse(stored, (name, item) => {
        texts.push(name, String(item));
        return item;
      });
      for (const text of texts) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(encodeURIComponent(secret));
      }
    }),
  );
});
