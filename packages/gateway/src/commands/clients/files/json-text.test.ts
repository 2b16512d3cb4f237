import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonText, withElement, withMember } from './json-text.ts';

const ENTRY = { url: 'http://127.0.0.1:7070/mcp/crm' };

const parsed = (text: string) => {
  const result = parseJsonText(text);
  return result.kind === 'parsed' ? result.value : result.detail;
};

/** Whether every character of one text stands in the other, in the same order. */
function isWithin(text: string, other: string): boolean {
  let at = 0;
  for (const character of other) if (character === text[at]) at += 1;
  return at === text.trimEnd().length || at === text.length;
}

test.each([
  ['nothing', '{}\n'],
  ['nothing on its lines', '{\n}\n'],
  ['other servers', '{\n  "mcpServers": {\n    "a": { "command": "x" }\n  }\n}\n'],
  [
    'other servers, indented by tabs',
    '{\n\t"mcpServers": {\n\t\t"a": {\n\t\t\t"command": "x"\n\t\t}\n\t}\n}',
  ],
  ['everything on one line', '{"a":1,"mcpServers":{"b":{"url":"u"}},"z":[1.0,1e3,"\\/"]}'],
  ['lines of another system', '{\r\n  "mcpServers": {\r\n    "a": {}\r\n  }\r\n}\r\n'],
  [
    'comments',
    '// top\n{\n  "mcpServers": {\n    // one\n    "a": {} // two\n    /* three */\n  } // four\n}\n',
  ],
  ['a comma at the end', '{\n  "mcpServers": {\n    "a": {}, // kept\n  },\n}\n'],
  ['what looks like a comment', '{"x": "http://h/*a*/ , }", "mcpServers": {"a": {"url": "//"}}}'],
  ['only a comment', '{\n  // nothing yet\n}'],
  ['a mark at its beginning', '\u{FEFF}{"mcpServers": {}}'],
  ['another of the name', '{"mcpServers": {"crm": {"url": "old"}, "b": {}}}'],
])('a member is put into a text with %s, and no other character changes', (_what, text) => {
  const after = withMember(text, ['mcpServers', 'crm'], ENTRY);
  const before = parsed(text) as { mcpServers?: object };
  expect(parsed(after)).toEqual({ ...before, mcpServers: { ...before.mcpServers, crm: ENTRY } });
  expect(isWithin(text.replace('"old"', ''), after)).toBe(true);
  expect(after).toContain(text.includes('\r\n') ? '\r\n    "crm": {\r\n' : '"crm": {');
  expect(parsed(withMember(after, ['mcpServers', 'crm'], ENTRY))).toEqual(parsed(after));
});

test('a new member stands on lines of its own, indented like its neighbours', () => {
  const text = '{\n\t"mcpServers": {\n\t\t"a": {} // mine\n\t}\n}\n';
  expect(withMember(text, ['mcpServers', 'crm'], ENTRY)).toBe(
    '{\n\t"mcpServers": {\n\t\t"a": {}, // mine\n\t\t"crm": {\n\t\t\t"url": "http://127.0.0.1:7070/mcp/crm"\n\t\t}\n\t}\n}\n',
  );
});

test('an element is put at the end of an array, which is made where there is none', () => {
  const text = withElement('{ "inputs": [ {"id": "a"} /* mine */ ] }', ['inputs'], { id: 'b' });
  expect(text).toContain('/* mine */');
  expect(parsed(text)).toEqual({ inputs: [{ id: 'a' }, { id: 'b' }] });
  expect(parsed(withElement('{}', ['inputs'], 1))).toEqual({ inputs: [1] });
});

test.each([
  ['a text cut off', '{"mcpServers": {'],
  ['a list', '[]'],
  ['a comment without end', '{} /* never'],
  ['something else', 'mcpServers: {}'],
])('%s is told to be no JSON, and none of it is repeated', (_what, text) => {
  const result = parseJsonText(`${text}`);
  if (result.kind === 'parsed') expect(result.value).toEqual({});
  else expect(result.detail).toMatch(/^it (?:is not JSON|holds no JSON object)(?: \(row \d+\))?$/);
});

test.each([
  ['a key that stands there twice', '{"mcpServers": {}, "mcpServers": {}}'],
  ['something else in the place of the servers', '{"mcpServers": []}'],
])('%s is not edited', (_what, text) => {
  expect(() => withMember(text, ['mcpServers', 'crm'], ENTRY)).toThrow();
});

test('whatever JSON there is, a member that is put in is all that changes', () => {
  const servers = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
  fc.assert(
    fc.property(servers, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, 2, '\t'), (own, other, indent) => {
      const text = JSON.stringify({ other, mcpServers: own }, null, indent);
      const before = JSON.parse(text);
      Object.defineProperty(before.mcpServers, 'crm', { value: ENTRY, enumerable: true });
      expect(JSON.parse(withMember(text, ['mcpServers', 'crm'], ENTRY))).toEqual(before);
    }),
    { numRuns: 300 },
  );
});
