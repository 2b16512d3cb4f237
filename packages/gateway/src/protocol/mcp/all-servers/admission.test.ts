import { ownConversationKey } from '@bailiff/contract';
import { expect, test, vi } from 'vitest';
import { openStream } from '../stateless/testing/stateless-client.ts';
import { allow, deny } from '../testing/answers.ts';
import { openReader } from '../testing/event-reader.ts';
import { openCompany, type Scripted } from './testing/open-company.ts';

const NOTE = [{ uri: 'note://a', name: 'a' }];
const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true } };
const SERVERS: Readonly<Record<string, Scripted>> = {
  crm: { entries: { resources: NOTE }, capabilities: { ...CAPABILITIES, logging: {} } },
  desk: { entries: { resources: NOTE }, capabilities: CAPABILITIES },
};

/** All servers, of which some refuse whoever comes. */
async function openRefusing() {
  const refuses = new Set(['crm']);
  let release = 'one';
  const company = await openCompany(SERVERS, {
    opens: ({ server, decisionId }) => (refuses.has(server) ? deny(decisionId) : allow(decisionId)),
    release: () => release,
  });
  const activate = (next: string, ...refusing: string[]) => {
    refuses.clear();
    for (const name of refusing) refuses.add(name);
    release = next;
  };
  return Object.assign(company, { activate });
}

test('a session hears nothing of servers at which its principal is refused, and changes nothing there', async () => {
  await using company = await openRefusing();
  const session = await company.open('');
  await using stream = Object.assign(await openReader(company, '', { method: 'GET', session }), {
    [Symbol.asyncDispose]: async () => stream.leave(),
  });
  const ask = (method: string, params: object) =>
    company.send('', { session, body: { jsonrpc: '2.0', id: 1, method, params } });
  await vi.waitFor(() => expect(company.heard.get('desk')).toHaveLength(1));
  expect((await ask('resources/subscribe', { uri: 'bailiff://desk/note://a' })).json.result).toEqual({});
  const refused = await ask('resources/subscribe', { uri: 'bailiff://crm/note://a' });
  expect(refused.json.error.data.failure).toBe('unknown_resource');
  const level = await ask('logging/setLevel', { level: 'debug' });
  expect(level.json.error.data.failure, 'only crm has a log').toBe('method_refused');
  expect(company.heard.get('crm')).toEqual([]);
});

test('a stream hears only of servers at which its principal is admitted, under each release anew', async () => {
  await using company = await openRefusing();
  const notifications = {
    toolsListChanged: true,
    resourceSubscriptions: ['bailiff://crm/note://a', 'bailiff://desk/note://a'],
  };
  await using stream = await openStream(company, '', 'subscriptions/listen', { notifications });
  expect(await stream.next()).toMatchObject({
    params: { notifications: { resourceSubscriptions: ['bailiff://desk/note://a'] } },
  });
  expect(company.heard.get('crm')).toEqual([]);
  company.activate('two', 'desk');
  const [atDesk] = company.heard.get('desk') ?? [];
  atDesk?.tell('notifications/resources/updated', { uri: 'note://a' });
  expect(await stream.next(), 'what is listed may have changed').toMatchObject({
    method: 'notifications/tools/list_changed',
  });
  expect(atDesk?.isOver).toBe(true);
  atDesk?.tell('notifications/tools/list_changed');
  const [atCrm] = company.heard.get('crm') ?? [];
  expect(atCrm?.wanted.at(-1)?.resources).toEqual(['note://a']);
  atCrm?.tell('notifications/resources/updated', { uri: 'note://a' });
  expect(await stream.next()).toMatchObject({
    method: 'notifications/resources/updated',
    params: { uri: 'bailiff://crm/note://a' },
  });
});

test('clients without sessions are told apart by the conversation that their credentials name', async () => {
  const principals = { bot: { conversation: 'one' }, 'other-bot': { agentId: 'bot', conversation: 'two' } };
  await using company = await openCompany(SERVERS, { principals });
  for (const who of ['bot', 'other-bot']) {
    const notifications = { toolsListChanged: true };
    await using stream = await openStream(
      company,
      'desk',
      'subscriptions/listen',
      { notifications },
      { who },
    );
    await stream.next();
  }
  const heard = company.heard.get('desk') ?? [];
  expect(heard.map(({ conversation: { key, principal } }) => key === ownConversationKey(principal))).toEqual([
    true,
    true,
  ]);
  expect(new Set(heard.map(({ conversation: { key } }) => key)).size).toBe(2);
});
