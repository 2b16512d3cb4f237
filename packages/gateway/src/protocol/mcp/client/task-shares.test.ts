import { expect, test } from 'vitest';
import { TASKS_MAX, TASKS_OF_ONE_MAX, TaskShares } from './task-shares.ts';

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

test('who makes more tasks than its share loses its own longest unused one, and nobody else loses any', () => {
  const tasks = new TaskShares<string>();
  tasks.add('theirs', 'quiet', principalOf('quiet'));
  for (let index = 0; index <= TASKS_MAX; index += 1) {
    tasks.add(`job-${index}`, 'busy', principalOf('busy', `${index}`));
    tasks.get('job-0');
  }
  expect(tasks.peek('theirs')).toBe('quiet');
  expect(tasks.has('job-0'), 'it was used').toBe(true);
  expect(tasks.has(`job-${TASKS_MAX - TASKS_OF_ONE_MAX}`)).toBe(false);
  expect(tasks.has(`job-${TASKS_MAX - TASKS_OF_ONE_MAX + 2}`)).toBe(true);
});
