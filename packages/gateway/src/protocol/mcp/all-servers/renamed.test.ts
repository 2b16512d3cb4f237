import { expect, test } from 'vitest';
import { renamedEntry, renamedNotification, renamedReply } from './renamed.ts';

const result = (json: string) => renamedReply({ member: 'result', json }, 'crm').json;

test('a list’s entry keeps every byte but those of its name', () => {
  const json = '{ "title" : "caf\\u00e9","n\\u0061me":  "re\\u0061d" , "x":{"name":"read"}, "n": 1.0 }';
  expect(renamedEntry({ id: 'read', json, hasOutputSchema: false }, 'tools', 'crm')).toBe(
    '{ "title" : "caf\\u00e9","n\\u0061me":  "crm__read" , "x":{"name":"read"}, "n": 1.0 }',
  );
  const uri = { id: 'crm://a', json: '{"name":"a","uri":"crm:\\/\\/a"}', hasOutputSchema: false };
  expect(renamedEntry(uri, 'resources', 'crm')).toBe('{"name":"a","uri":"bailiff://crm/crm://a"}');
  const template = { id: 'crm://{id}', json: '{"uriTemplate":"crm://{id}"}', hasOutputSchema: false };
  expect(renamedEntry(template, 'resource_templates', 'crm')).toBe(
    '{"uriTemplate":"bailiff://crm/crm://{id}"}',
  );
});

test('one server’s entry is never told under the name of another', () => {
  const entry = { id: 'read', json: '{"name":"read"}', hasOutputSchema: false };
  expect(renamedEntry(entry, 'tools', 'crm')).toContain('crm__read');
  expect(renamedEntry(entry, 'tools', 'desk')).toContain('desk__read');
});

test.each([
  ['contents of a resource', '{"contents":[{"uri":"a:b","text":"x"},{"uri":"a:c"}]}'],
  ['a link to a resource', '{"content":[{"type":"text","text":"hi"},{"type":"resource_link","uri":"a:b"}]}'],
  ['a resource within', '{"content":[{"resource":{"text":"\\"uri\\"","uri":"a:b"},"type":"resource"}]}'],
  ['a prompt’s message', '{"messages":[{"content":{"type":"resource","resource":{"uri":"a:b"}}}]}'],
  ['a prompt’s messages', '{"messages":[{"role":"user","content":[{"type":"resource_link","uri":"a:b"}]}]}'],
])('the URIs of %s name their server', (_what, json) => {
  expect(result(json)).toBe(json.replaceAll(/"uri":"(a:.)"/g, '"uri":"bailiff://crm/$1"'));
});

test.each([
  ['a task that was made', '{"task":{"taskId":"7","status":"working"}}'],
  ['a task that is asked about', '{"resultType":"task","taskId":"7"}'],
  ['tasks', '{"tasks":[{"taskId":"7"},{"taskId":"8"}]}'],
  ['a task’s result', '{"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"7"}}}'],
])('the ids of %s name their server', (_what, json) => {
  expect(result(json)).toBe(json.replaceAll(/"taskId":"(.)"/g, '"taskId":"crm__$1"'));
});

test.each([
  '{"content":[{"type":"text","text":"{\\"uri\\":\\"a:b\\"}"}],"structuredContent":{"uri":"a:b","taskId":"7"}}',
  '{"content":{"uri":7},"contents":"uri","task":[{"taskId":"7"}],"messages":[7,{"content":"uri"}]}',
  '{ "n" : 1.0, "big":12345678901234567890, "uri":"a:b" }',
])('everything else stays as it was written: %s', (json) => {
  expect(result(json)).toBe(json);
});

test('an error stays as it was written, and what else is known of an answer stays with it', () => {
  const error = { member: 'error', json: '{"code":1,"message":"x","data":{"uri":"a:b"}}' } as const;
  expect(renamedReply(error, 'crm')).toBe(error);
  const reply = { member: 'result', json: '{"contents":[{"uri":"a:b"}]}', status: 201 } as const;
  expect(renamedReply(reply, 'crm').status).toBe(201);
});

test('what a server announces names it', () => {
  const announced = (json: string) =>
    renamedNotification({ method: 'notifications/x', params: JSON.parse(json), json }, 'crm');
  expect(announced('{"uri":"a:b"}')).toMatchObject({
    params: { uri: 'bailiff://crm/a:b' },
    json: '{"uri":"bailiff://crm/a:b"}',
  });
  expect(announced('{"taskId":"7","status":"working"}').params).toMatchObject({ taskId: 'crm__7' });
  const plain = { method: 'notifications/message', params: { data: 'x' }, json: '{"data":"x"}' };
  expect(renamedNotification(plain, 'crm')).toBe(plain);
});
