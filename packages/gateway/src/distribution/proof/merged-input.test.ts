import { expect, test } from 'vitest';
import { mergedInput } from './merged-input.ts';

const GIVEN = {
  agent: { id: 'bot', scope: 'support' },
  action: { tool: 'crm.read', args: { id: 7 }, region: 'eu' },
  context: { recent_tools: ['a', 'b'], turn_count: 3 },
};

test('objects merge, and lists and arguments are replaced whole', () => {
  expect(
    mergedInput(GIVEN, {
      agent: { scope: 'sales' },
      action: { args: { rows: 5 } },
      context: { recent_tools: [] },
    }),
  ).toEqual({
    agent: { id: 'bot', scope: 'sales' },
    action: { tool: 'crm.read', args: { rows: 5 }, region: 'eu' },
    context: { recent_tools: [], turn_count: 3 },
  });
});

test('a case that names what it acts on keeps no other name of what is given', () => {
  expect(mergedInput(GIVEN, { action: { model: 'small' } }).action).toEqual({
    model: 'small',
    args: { id: 7 },
    region: 'eu',
  });
});
