import { type AskedAction, DecisionRequest } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namedAction } from './asked-action.ts';

const asked = (action: object): AskedAction => DecisionRequest.parse({ action }).action;
const named = (action: object) => namedAction(asked(action), {});
const pathsOf = (action: object) => {
  const result = named(action);
  return 'type' in result ? [] : result.map(({ path }) => path);
};

describe('the names of an action', () => {
  test.each([
    [
      'a tool',
      { type: 'tool_call', tool: 'crm.read' },
      { server: 'crm', toolName: 'read', target: { kind: 'tool', id: 'crm.read' } },
    ],
    [
      'a tool whose name has dots',
      { type: 'tool_call', tool: 'crm.read.all' },
      { server: 'crm', toolName: 'read.all' },
    ],
    [
      'server and tool name',
      { type: 'tool_call', server: 'crm', tool_name: 'read' },
      { target: { kind: 'tool', id: 'crm.read' } },
    ],
    [
      'a target alone',
      { type: 'tool_call', target: { kind: 'tool', id: 'crm.read' } },
      { server: 'crm', toolName: 'read' },
    ],
    [
      'a tool named like a prototype’s member',
      { type: 'tool_call', tool: 'crm.constructor' },
      { toolName: 'constructor' },
    ],
    [
      'a model',
      { type: 'model_call', model: 'onprem-70b' },
      { model: 'onprem-70b', server: '', target: { kind: 'model', id: 'onprem-70b' } },
    ],
    [
      'a resource',
      { type: 'resource_read', resource: 'file:///srv/a.md', server: 'filesystem' },
      { server: 'filesystem', target: { kind: 'resource', id: 'file:///srv/a.md' } },
    ],
    [
      'a resource as target',
      { type: 'resource_subscribe', server: 'crm', target: { kind: 'resource', id: 'crm://7' } },
      { target: { kind: 'resource', id: 'crm://7' } },
    ],
    [
      'a prompt',
      { type: 'prompt_get', prompt: 'summary', server: 'crm' },
      { target: { kind: 'prompt', id: 'summary' } },
    ],
    [
      'a subagent',
      { type: 'subagent_call', subagent: 'researcher' },
      { subagent: 'researcher', target: { kind: 'subagent', id: 'researcher' } },
    ],
    [
      'what a server asks of its client',
      { type: 'sampling', server: 'crm', model: 'onprem-70b' },
      { server: 'crm', model: 'onprem-70b' },
    ],
    [
      'a completion of a resource',
      { type: 'completion', server: 'crm', resource: 'crm://{id}' },
      { target: { kind: 'resource', id: 'crm://{id}' } },
    ],
    [
      'empty names, as in a complete document',
      { type: 'model_call', model: 'm', tool: '', server: '', tool_name: '', subagent: '' },
      { model: 'm' },
    ],
  ])('follow from %s', (_what, action, expected) => expect(named(action)).toMatchObject(expected));

  test.each([
    ['none', { type: 'tool_call' }, ['action.tool']],
    ['a tool without server', { type: 'tool_call', tool: 'read' }, ['action.tool']],
    ['a tool of a server that cannot be', { type: 'tool_call', tool: 'CRM.read' }, ['action.tool']],
    ['a server without tool', { type: 'tool_call', tool: 'crm.' }, ['action.tool']],
    ['another server', { type: 'tool_call', tool: 'crm.read', server: 'kb' }, ['action.server']],
    ['another tool name', { type: 'tool_call', tool: 'crm.read', tool_name: 'delete' }, ['action.tool_name']],
    [
      'another target',
      { type: 'tool_call', tool: 'crm.delete', target: { kind: 'tool', id: 'kb.search' } },
      ['action.target'],
    ],
    [
      'a target of another kind',
      { type: 'tool_call', tool: 'crm.read', target: { kind: 'model', id: 'crm.read' } },
      ['action.target'],
    ],
    ['a model beside a tool', { type: 'tool_call', tool: 'crm.read', model: 'm' }, ['action.model']],
    ['a tool beside a model', { type: 'model_call', model: 'm', tool: 'crm.read' }, ['action.tool']],
    ['a server beside a model', { type: 'model_call', model: 'm', server: 'crm' }, ['action.server']],
    [
      'a resource of no server, which would have no data classes',
      { type: 'resource_read', resource: 'crm://customers/7' },
      ['action.server'],
    ],
    ['a prompt of no server', { type: 'prompt_get', prompt: 'summary', server: '' }, ['action.server']],
    ['a root of no server', { type: 'roots', resource: 'file:///srv' }, ['action.server']],
    ['a sampling of no server', { type: 'sampling', model: 'm' }, ['action.server']],
    ['two targets', { type: 'completion', server: 'crm', prompt: 'a', resource: 'b' }, ['action.resource']],
    [
      'a model where a resource belongs',
      { type: 'resource_read', model: 'm' },
      ['action.model', 'action.resource'],
    ],
    ['a blank at the end', { type: 'tool_call', tool: 'crm.read ' }, ['action.tool']],
    ['a zero-width space', { type: 'tool_call', tool: 'crm.re\u200bad' }, ['action.tool']],
    ['a null character', { type: 'tool_call', tool: 'crm.read\u0000' }, ['action.tool']],
    ['a direction override', { type: 'model_call', model: 'm\u202e' }, ['action.model']],
    ['a long name', { type: 'model_call', model: 'm'.repeat(513) }, ['action.model']],
  ])('are refused: %s', (_what, action, paths) => expect(pathsOf(action)).toEqual(paths));

  test('agree with each other whenever they are accepted', () => {
    const name = fc.constantFrom('', 'crm', 'crm.read', 'crm.read.all', 'kb', 'read', 'read.all', 'm');
    const kind = fc.constantFrom('tool', 'model', 'resource', 'prompt', 'subagent');
    const action = fc.record(
      {
        type: fc.constantFrom(...DecisionRequest.shape.action.shape.type.options),
        tool: name,
        tool_name: name,
        server: name,
        model: name,
        resource: name,
        prompt: name,
        subagent: name,
        target: fc.record({ kind, id: fc.constantFrom('crm.read', 'crm.read.all', 'm') }),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(action, (document) => {
        const result = named(document);
        if (!('type' in result)) return;
        const { target, server, toolName, model, subagent } = result;
        if (target.kind === 'tool') expect(target.id).toBe(`${server}.${toolName}`);
        else expect(toolName).toBe('');
        expect(model).toBe(target.kind === 'model' ? target.id : '');
        expect(subagent).toBe(target.kind === 'subagent' ? target.id : '');
        if (document.tool) expect(document.tool).toBe(target.id);
        if (document.server) expect(document.server).toBe(server);
        if (document.target) expect(document.target).toEqual(target);
      }),
      { numRuns: 2_000 },
    );
  });
});
