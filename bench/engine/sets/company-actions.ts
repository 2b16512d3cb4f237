import type { Input } from '@bailiff/contract';

type Action = Input['action'];

/** What an agent asks for, and what of its surroundings matters to the answer. */
export type Asked = Omit<Action, 'phase' | 'model' | 'subagent' | 'provider' | 'estimated_tokens'> &
  Partial<Pick<Action, 'model' | 'subagent' | 'phase'>> & {
    readonly approval?: string[];
    readonly flags?: Record<string, boolean>;
    readonly seen?: string[];
  };

type Facts = Partial<Pick<Action, 'effects' | 'blast_radius' | 'data_classes_referenced'>> &
  Pick<Asked, 'approval' | 'flags' | 'seen'>;

const REGIONS: Readonly<Record<string, string>> = {
  crm: 'eu-west',
  payments: 'eu-central',
  filesystem: 'eu-west',
  everything: 'us-east',
};

function call(tool: string, args: Action['args'], facts: Facts = {}): Asked {
  const [server = '', tool_name = ''] = tool.split('.');
  const target = { kind: 'tool', id: tool } as const;
  return {
    ...DEFAULTS,
    type: 'tool_call',
    target,
    server,
    tool,
    tool_name,
    region: REGIONS[server] ?? 'unknown',
    args,
    ...facts,
  };
}

function read(uri: string, data_classes_referenced: string[]): Asked {
  const target = { kind: 'resource', id: uri } as const;
  const of = { server: 'crm', tool: '', tool_name: '', region: 'eu-west' };
  return { ...DEFAULTS, ...of, type: 'resource_read', target, args: {}, data_classes_referenced };
}

function ask(model: string, region: string, data_classes_referenced: string[]): Asked {
  const target = { kind: 'model', id: model } as const;
  const of = { server: '', tool: '', tool_name: '', region, model };
  return {
    ...DEFAULTS,
    ...of,
    type: 'model_call',
    target,
    args: {},
    effects: ['external'],
    data_classes_referenced,
  };
}

const DEFAULTS: Required<Pick<Action, 'effects' | 'blast_radius' | 'data_classes_referenced'>> = {
  effects: ['read'],
  blast_radius: 'low',
  data_classes_referenced: ['internal'],
};
const CUSTOMERS: Facts = { data_classes_referenced: ['customer_data'] };
const MEDIUM: Facts = { blast_radius: 'medium' };
const PAYMENT: Facts = {
  effects: ['write'],
  blast_radius: 'medium',
  data_classes_referenced: ['payment_data'],
};
const PAYOUT: Facts = { ...PAYMENT, effects: ['write', 'destructive'], blast_radius: 'high' };
const WRITE: Facts = { effects: ['write', 'destructive'], blast_radius: 'medium' };
const MAIL: Facts = { effects: ['external'], blast_radius: 'medium' };
const QUERY: Facts = {
  effects: ['read', 'write', 'destructive'],
  blast_radius: 'high',
  data_classes_referenced: ['customer_data', 'employee_data'],
};

/** What is asked, in turn: mostly what is allowed, and what each rule is there for. */
export const ACTIONS: readonly Asked[] = [
  call('crm.read', { id: 7, rows: 20 }, CUSTOMERS),
  call('crm.search', { text: 'Lindgren' }, CUSTOMERS),
  call('everything.echo', { message: 'x'.repeat(1_400) }, { data_classes_referenced: [] }),
  call('filesystem.read_text_file', { path: 'handbook/refunds.md' }),
  call('crm.list', { table: 'customers', rows: 50 }, CUSTOMERS),
  call('payments.refund', { payment: 'p-19', amount_cents: 4_900, reason: 'Damaged on arrival' }, PAYMENT),
  ask('northstar', 'eu-central', ['internal', 'customer_data']),
  call('filesystem.write_file', { path: 'drafts/answer.md', content: 'Dear Ms Lindgren, …' }, WRITE),
  call(
    'crm.update_contact',
    { id: 7, email: 'a@b.example', phone: '+49 30 1' },
    { ...CUSTOMERS, ...MEDIUM, effects: ['write'] },
  ),
  call('crm.send_email', { to: ['mara@acme.example'], body: 'Hello' }, MAIL),
  call('everything.get-sum', { a: 1, b: 2 }, { data_classes_referenced: ['public'] }),
  read('crm://products', ['public']),
  call('crm.read', { id: 'all' }, CUSTOMERS),
  call('crm.list', { table: 'staff', rows: 5_000 }, CUSTOMERS),
  call('crm.export', { table: 'customers', rows: 5_000 }, { ...CUSTOMERS, ...MEDIUM }),
  call('crm.export', { table: 'products' }, { ...MEDIUM, data_classes_referenced: ['public'] }),
  call('payments.refund', { amount_cents: 25_000, reason: ' ok ' }, PAYMENT),
  call(
    'payments.refund',
    { amount_cents: 25_000, reason: 'Ordered twice' },
    { ...PAYMENT, approval: ['servers.payments.large_refund'] },
  ),
  call('payments.payout', { amount_cents: 90_000, iban: 'de02120300000000202051' }, PAYOUT),
  call(
    'payments.payout',
    { amount_cents: -4, iban: 'KY0212030000' },
    { ...PAYOUT, flags: { change_freeze: true } },
  ),
  call('filesystem.read_multiple_files', { paths: ['handbook/tone.md', 'finance/salaries.csv', '.env'] }),
  call('filesystem.read_file', { path: '../etc/passwd' }),
  call('filesystem.move_file', { source: 'drafts/a.md', destination: 'handbook/a.md' }, WRITE),
  call('filesystem.list_directory', { path: '.' }),
  call('filesystem.write_file', { path: 'handbook/run.sh', content: 'rm' }, WRITE),
  call(
    'crm.send_email',
    { to: ['x@evil.example', 'Mara <mara@acme.example>'], body: 'Hi' },
    { ...MAIL, seen: ['customer_data'] },
  ),
  call('crm.send_email', { to: 'all' }, MAIL),
  call('crm.query', { source: 'customers', sql: 'select name from customers where city = 1' }, QUERY),
  call('crm.query', { source: 'staff', sql: 'SELECT 1; DROP TABLE staff -- gone' }, QUERY),
  call(
    'crm.delete_customer',
    { id: 7 },
    { ...CUSTOMERS, effects: ['write', 'destructive'], blast_radius: 'high' },
  ),
  call('everything.get-env', {}, { blast_radius: 'high' }),
  call('crm.search', { text: '%_' }, CUSTOMERS),
  call(
    'weather.today',
    { city: 'Oslo' },
    { effects: ['read', 'write', 'destructive', 'external'], blast_radius: 'high' },
  ),
  ask('swift-8b', 'us-east', ['internal']),
  ask('unheard-of', 'unknown', ['payment_data', 'employee_data']),
  read('crm://customers/7', ['customer_data']),
  read('crm://customers/%2e%2e', ['customer_data']),
  {
    ...read('crm://products', []),
    type: 'prompt_get',
    target: { kind: 'prompt', id: 'everything.simple-prompt' },
    server: 'everything',
    region: 'us-east',
  },
];
