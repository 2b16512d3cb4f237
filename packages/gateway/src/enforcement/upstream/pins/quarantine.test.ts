import { expect, test } from 'vitest';
import { QuarantineLog, quarantineOf } from './quarantine.ts';
import { digestOfTool } from './tool-definition.ts';

const entry = (json: string, id = 'read') => ({ id, json, hasOutputSchema: false, inputSchema: undefined });
const READ = '{"name":"read","description":"Reads.","inputSchema":{"type":"object"}}';
const pins = { read: digestOfTool({ json: READ }) ?? '' };

test.each([
  ['members in another order', '{"inputSchema":{"type":"object"},"description":"Reads.","name":"read"}'],
  [
    'another spelling of the same text',
    '{ "name":"re\\u0061d", "description":"Reads.","inputSchema":{"type":"object"}}',
  ],
  ['_meta', '{"name":"read","_meta":{"a":1},"description":"Reads.","inputSchema":{"type":"object"}}'],
])('a definition with %s is the one that was approved', (_what, json) => {
  expect(quarantineOf(entry(json), pins)).toBeUndefined();
});

test.each([
  ['another description', '{"name":"read","description":"Reads!","inputSchema":{"type":"object"}}'],
  [
    'a character that nobody sees',
    '{"name":"read","description":"Reads.\\u200b","inputSchema":{"type":"object"}}',
  ],
  [
    'another schema',
    '{"name":"read","description":"Reads.","inputSchema":{"type":"object","required":["a"]}}',
  ],
  [
    'a schema of its results',
    '{"name":"read","description":"Reads.","inputSchema":{"type":"object"},"outputSchema":{}}',
  ],
  [
    'an annotation',
    '{"name":"read","description":"Reads.","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}',
  ],
  ['a title', '{"name":"read","title":"Read","description":"Reads.","inputSchema":{"type":"object"}}'],
  [
    'a member that nobody knows yet',
    '{"name":"read","icons":[],"description":"Reads.","inputSchema":{"type":"object"}}',
  ],
])('a definition with %s has changed', (_what, json) => {
  expect(quarantineOf(entry(json), pins)).toBe('changed');
});

test.each([
  ['a name twice', '{"name":"read","description":"Reads.","inputSchema":{"type":"object","type":"array"}}'],
  [
    'names of another case',
    '{"name":"read","description":"Reads.","inputSchema":{"Type":"x","type":"object"}}',
  ],
])('a definition that holds %s is nothing that anybody could approve', (_what, json) => {
  expect(digestOfTool({ json })).toBeUndefined();
  expect(quarantineOf(entry(json), pins)).toBe('ambiguous');
});

test('a tool that nobody approved is new, also one that is named like what every object has', () => {
  expect(quarantineOf(entry('{"name":"write","inputSchema":{}}', 'write'), pins)).toBe('new');
  expect(quarantineOf(entry('{"name":"constructor","inputSchema":{}}', 'constructor'), pins)).toBe('new');
});

test('of a server that is not pinned every tool may be used, and of one that is pinned to nothing none', () => {
  expect(quarantineOf(entry(READ), undefined)).toBeUndefined();
  expect(quarantineOf(entry(READ), {})).toBe('new');
});

test('the log tells of each quarantined definition once', () => {
  const told: string[] = [];
  const log = new QuarantineLog((_level, message) => void told.push(message));
  const changed = entry('{"name":"read","inputSchema":{}}');
  for (let round = 0; round < 3; round += 1) log.found(changed, quarantineOf(changed, pins) ?? 'new');
  expect(told).toHaveLength(1);
  const again = entry('{"name":"read","inputSchema":{"a":1}}');
  log.found(again, quarantineOf(again, pins) ?? 'new');
  expect(told).toHaveLength(2);
});
