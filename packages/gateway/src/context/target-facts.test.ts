import { Catalogue } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { classesOf, dataClassSources } from './data-classes.ts';
import { targetFacts } from './target-facts.ts';

const ALL_EFFECTS = ['read', 'write', 'destructive', 'external'];

const catalogue = Catalogue.parse({
  data_classes: {
    public: { title: 'Public' },
    internal: { title: 'Internal' },
    customer_data: { title: 'Customers' },
  },
  regions: {},
  servers: {
    crm: {
      title: 'CRM',
      data_classes: ['internal'],
      tools: {
        read: {
          effects: ['read'],
          blast_radius: 'low',
          data_classes: ['customer_data'],
          returns: ['customer_data'],
        },
        query: {
          effects: ['read'],
          blast_radius: 'medium',
          argument_classes: { table: { customers: ['customer_data'], faq: ['public'], '*': ['internal'] } },
        },
      },
      resources: [
        { uri: 'file:///srv/*', effects: ['read'], blast_radius: 'low', data_classes: ['internal'] },
        { uri: 'file:///srv/public/*', effects: ['read'], blast_radius: 'low', data_classes: ['public'] },
        {
          uri: 'file:///srv/public/list.csv',
          effects: ['read'],
          blast_radius: 'low',
          data_classes: ['customer_data'],
        },
      ],
    },
  },
  models: {
    'onprem-70b': { title: 'On premises', provider: 'acme', region: 'eu-west', blast_radius: 'medium' },
  },
});

const tool = (server: string, toolName: string) => ({
  target: { kind: 'tool' as const, id: `${server}.${toolName}` },
  server,
  toolName,
});
const resource = (id: string) => ({ target: { kind: 'resource' as const, id }, server: 'crm', toolName: '' });

describe('what the catalogue says of a target', () => {
  test('a listed tool is what it is listed as', () => {
    expect(targetFacts(catalogue, tool('crm', 'read'))).toMatchObject({
      isListed: true,
      effects: ['read'],
      blastRadius: 'low',
      classes: ['customer_data'],
      returns: ['customer_data'],
      source: 'tool',
    });
  });

  test.each([
    ['tool', tool('crm', 'drop_table')],
    ['tool with the name of a prototype', tool('crm', 'constructor')],
    ['resource', resource('file:///etc/passwd')],
    ['prompt', { target: { kind: 'prompt' as const, id: 'summary' }, server: 'crm', toolName: '' }],
  ])('a %s that is not listed may do anything and touch what its server touches', (_what, target) => {
    expect(targetFacts(catalogue, target)).toMatchObject({
      isListed: false,
      effects: ALL_EFFECTS,
      blastRadius: 'high',
      classes: ['internal'],
      returns: ['internal'],
    });
  });

  test('a subagent is what it is listed as, and one that is not may do anything with everything', () => {
    const withSubagent = Catalogue.parse({
      ...catalogue,
      subagents: {
        researcher: {
          effects: ['read'],
          blast_radius: 'low',
          data_classes: ['internal'],
          argument_classes: { about: { '*': ['customer_data'] } },
        },
      },
    });
    const asked = (id: string) =>
      targetFacts(withSubagent, { target: { kind: 'subagent', id }, server: 'crm', toolName: id });
    const facts = asked('researcher');
    expect(facts).toMatchObject({
      isListed: true,
      effects: ['read'],
      blastRadius: 'low',
      source: 'subagent',
    });
    const origins = { type: 'subagent_call', facts, args: {}, seen: ['public'], given: [] } as const;
    expect(dataClassSources(origins)).toEqual([
      { class: 'customer_data', source: 'argument' },
      { class: 'internal', source: 'subagent' },
      { class: 'public', source: 'conversation' },
    ]);
    for (const unlisted of ['writer', 'constructor', 'read'])
      expect(asked(unlisted)).toMatchObject({
        isListed: false,
        effects: ALL_EFFECTS,
        blastRadius: 'high',
        classes: ['public', 'internal', 'customer_data'],
      });
  });

  test('a server that is not listed may touch every class there is', () => {
    expect(targetFacts(catalogue, tool('shadow', 'read')).classes).toEqual([
      'public',
      'internal',
      'customer_data',
    ]);
  });

  test('without a release nothing is known to be harmless', () => {
    expect(targetFacts(undefined, tool('crm', 'read'))).toMatchObject({
      effects: ALL_EFFECTS,
      blastRadius: 'high',
      classes: [],
    });
  });

  test('a model has its blast radius and sends things out; an unknown one may do anything', () => {
    const model = (id: string) => ({ target: { kind: 'model' as const, id }, server: '', toolName: '' });
    expect(targetFacts(catalogue, model('onprem-70b'))).toMatchObject({
      effects: ['external'],
      blastRadius: 'medium',
    });
    expect(targetFacts(catalogue, model('gpt-x'))).toMatchObject({
      effects: ALL_EFFECTS,
      blastRadius: 'high',
    });
  });

  test.each([
    ['file:///srv/notes.md', ['internal']],
    ['file:///srv/public/faq.md', ['public']],
    ['file:///srv/public/list.csv', ['customer_data']],
    ['file:///srv/public', ['internal']],
    ['file:///srv/public/a%20b.md', ['public']],
  ])('the longest match tells about %s', (uri, classes) => {
    expect(targetFacts(catalogue, resource(uri)).classes).toEqual(classes);
  });

  test.each([
    'file:///srv/public/../private/salaries.csv',
    'file:///srv/public/%2e%2e/private/salaries.csv',
    'file:///srv/public/..%2Fprivate',
    'file:///srv/public\\..\\private',
    'file:///srv/public/.',
    'file:///srv/public/l%69st.csv',
    'file:///srv/public/list.csv#',
    'file:///srv/public/list%2Ecsv',
    'file:///srv//public/list.csv',
    'file:///srv/public/m%c3%bcller',
    'file:///srv/public/m\u00fcller',
    'file:///srv/public/list.csv%00',
    'file:///srv/public/list.csv ',
    'file:///srv/public/\u200blist.csv',
    'file://localhost/srv/public/list.csv',
    'FILE:///srv/public/list.csv',
    'file:///srv/public/{name}',
    'list.csv',
  ])('%s, which may mean a place listed elsewhere, has the classes of every resource', (uri) => {
    const facts = targetFacts(catalogue, resource(uri));
    expect(facts).toMatchObject({ isListed: false, effects: ALL_EFFECTS, blastRadius: 'high' });
    expect(new Set(facts.classes)).toEqual(new Set(['internal', 'public', 'customer_data']));
  });
});

test.each([
  ['file:///srv/public/{name}', ['public']],
  ['file:///srv/{+path}', ['internal']],
  ['file:///srv/public/../{name}', ['internal', 'internal', 'public', 'customer_data']],
  ['*', ['internal']],
])('the pattern %s in a list has the classes of the place that it names', (id, classes) => {
  expect(targetFacts(catalogue, { ...resource(id), isPattern: true }).classes).toEqual(classes);
});

describe('data classes of a call', () => {
  const classesWith = (args: Record<string, never> | object) =>
    classesOf(
      dataClassSources({
        type: 'tool_call',
        facts: targetFacts(catalogue, tool('crm', 'query')),
        args: JSON.parse(JSON.stringify(args)),
        seen: ['public'],
        given: [],
      }),
    );

  test.each([
    ['a listed value names its classes', { table: 'customers' }, ['customer_data']],
    ['case and blanks do not hide a value', { table: ' CUSTOMERS\n' }, ['customer_data']],
    ['any other value falls under the star', { table: 'orders' }, ['internal']],
    ['a value that is missing falls under the star', {}, ['internal']],
    ['null falls under the star', { table: null }, ['internal']],
    ['a value named like a prototype falls under the star', { table: 'constructor' }, ['internal']],
    ['the star itself is no value', { table: '*' }, ['internal']],
    ['each element of a list counts', { table: ['faq', ['customers']] }, ['customer_data', 'public']],
    ['an empty list falls under the star', { table: [] }, ['internal']],
    ['an object names all of them', { table: { name: 'faq' } }, ['customer_data', 'internal', 'public']],
  ])('%s', (_what, args, expected) => {
    expect(classesWith(args)).toEqual(expected);
  });

  test('an inherited argument is none', () => {
    expect(classesWith(JSON.parse('{"__proto__":{"table":"faq"}}'))).toEqual(['internal']);
  });

  test('each class is listed with every source it came from', () => {
    const facts = targetFacts(catalogue, tool('crm', 'read'));
    const given = ['public', 'customer_data'];
    expect(dataClassSources({ type: 'tool_call', facts, args: {}, seen: [], given })).toEqual([
      { class: 'customer_data', source: 'caller' },
      { class: 'customer_data', source: 'tool' },
      { class: 'public', source: 'caller' },
    ]);
  });

  test.each([
    'model_call',
    'sampling',
    'subagent_call',
  ] as const)('a %s carries what the conversation has seen', (type) => {
    const facts = targetFacts(catalogue, {
      target: { kind: 'model', id: 'onprem-70b' },
      server: '',
      toolName: '',
    });
    expect(dataClassSources({ type, facts, args: {}, seen: ['customer_data'], given: [] })).toEqual([
      { class: 'customer_data', source: 'conversation' },
    ]);
  });
});
