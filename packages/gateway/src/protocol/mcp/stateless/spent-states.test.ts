import { expect, test } from 'vitest';
import { STATE_TTL_MS } from './sealed-state.ts';
import { SPENT_OF_ONE_MAX, SpentStates } from './spent-states.ts';

const principalOf = (agentId: string, agentVersion = '1') => ({
  agentId,
  agentVersion,
  chain: [],
  userId: 'mara',
  authMethod: 'jwt' as const,
  credentialId: '',
  issuer: 'https://issuer.example',
  permissions: new Set<never>(),
  conversation: '',
});
const BOT = principalOf('bot');

test('a state is used once for as long as it is good', () => {
  let nowMs = 0;
  const spent = new SpentStates(() => nowMs);
  spent.spend('one', BOT);
  nowMs = STATE_TTL_MS - 1;
  expect(() => spent.spend('one', BOT)).toThrow('used already');
  spent.giveBack('one');
  spent.spend('one', BOT);
});

test('who uses more than can be remembered waits, and nobody else does', () => {
  let nowMs = 0;
  const spent = new SpentStates(() => nowMs);
  for (let index = 0; index < SPENT_OF_ONE_MAX; index += 1) {
    spent.spend(`state-${index}`, principalOf('bot', `${index}`));
  }
  expect(() => spent.spend('more', BOT)).toThrow('Too many questions');
  spent.spend('more', principalOf('other'));
  nowMs = STATE_TTL_MS;
  spent.spend('later', BOT);
});
