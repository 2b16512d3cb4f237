/** Types of an input’s fields by section, as the contract has them. */
const SECTIONS = {
  agent: { id: 'string', scope: 'string', owner_team: 'string', version: 'string', chain: 'array' },
  user: { id: 'string', kind: 'string', groups: 'array', data_classifications_authorized: 'array' },
  action: {
    type: 'string',
    phase: 'string',
    target: 'object',
    server: 'string',
    tool: 'string',
    tool_name: 'string',
    model: 'string',
    subagent: 'string',
    provider: 'string',
    region: 'string',
    args: 'object',
    effects: 'array',
    blast_radius: 'string',
    estimated_tokens: 'number',
    data_classes_referenced: 'array',
  },
  context: {
    conversation_id: 'string',
    turn_count: 'number',
    cumulative_tokens: 'number',
    tokens_source: 'string',
    session_age_seconds: 'number',
    tool_calls_in_a_row: 'number',
    identical_calls: 'number',
    recent_tools: 'array',
    data_classes_seen: 'array',
  },
  session: {
    protocol: 'string',
    transport: 'string',
    client_name: 'string',
    client_version: 'string',
    auth_method: 'string',
  },
  environment: {
    region: 'string',
    time: 'string',
    time_s: 'number',
    weekday: 'string',
    minute_of_day: 'number',
    is_production: 'boolean',
    flags: 'object',
  },
} as const;
const FIELDS = Object.entries(SECTIONS).map(([section, fields]) => ({
  section,
  fields: Object.entries(fields).map(([field, type]) => ({ field, type, subject: `${section}.${field}` })),
}));

const LISTS_OF_STRINGS = [
  ['agent', 'chain'],
  ['user', 'groups'],
  ['user', 'data_classifications_authorized'],
  ['action', 'effects'],
  ['action', 'data_classes_referenced'],
  ['context', 'recent_tools'],
  ['context', 'data_classes_seen'],
] as const;

const WORDS = [
  ['user', 'kind', new Set(['human', 'service', 'none'])],
  [
    'action',
    'type',
    new Set([
      'tool_call',
      'model_call',
      'resource_read',
      'resource_subscribe',
      'prompt_get',
      'completion',
      'subagent_call',
      'task',
      'sampling',
      'elicitation',
      'roots',
    ]),
  ],
  ['action', 'phase', new Set(['request', 'result', 'list'])],
  ['action', 'blast_radius', new Set(['low', 'medium', 'high'])],
  ['context', 'tokens_source', new Set(['reported', 'estimated'])],
  ['session', 'transport', new Set(['http', 'stdio'])],
  ['session', 'auth_method', new Set(['jwt', 'api_key', 'none'])],
  [
    'environment',
    'weekday',
    new Set(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']),
  ],
] as const;

const EFFECTS: ReadonlySet<unknown> = new Set(['read', 'write', 'destructive', 'external']);
const KINDS: ReadonlySet<unknown> = new Set(['tool', 'resource', 'prompt', 'model', 'subagent']);
const BUDGET = {
  window: 'string',
  limit: 'number',
  used: 'number',
  reserved: 'number',
  remaining: 'number',
  resets_at: 'string',
};

type Fields = Readonly<Record<string, unknown>>;

/** What makes an input unusable: paths of fields, in order; empty for a sound one. */
export function inputFailures(input: Fields): readonly string[] {
  const found = new Set<string>();
  if (input.schema !== 'bailiff/input/v1') found.add('schema');
  if (typeOf(input.usage) !== 'object') found.add('usage');
  for (const field of ['result', 'approval']) {
    const type = typeOf(input[field]);
    if (type !== 'object' && type !== 'null') found.add(field);
  }
  for (const { section, fields } of FIELDS) {
    const given = fieldsOf(input[section]);
    for (const { field, type, subject } of fields)
      if (typeOf(given === undefined ? undefined : own(given, field)) !== type) found.add(subject);
  }
  for (const [section, field] of LISTS_OF_STRINGS)
    if (!areStrings(fieldsOf(input[section])?.[field])) found.add(`${section}.${field}`);
  for (const [section, field, known] of WORDS)
    if (!(known as ReadonlySet<unknown>).has(fieldsOf(input[section])?.[field]))
      found.add(`${section}.${field}`);
  checkValues(input, found);
  return found.size === 0 ? NONE : [...found].sort();
}

const NONE: readonly string[] = [];

function checkValues(input: Fields, found: Set<string>): void {
  const action = fieldsOf(input.action);
  const effects = action?.effects;
  if (!Array.isArray(effects) || !effects.every((effect) => EFFECTS.has(effect))) found.add('action.effects');
  const target = fieldsOf(action?.target);
  if (!KINDS.has(target?.kind) || typeof target?.id !== 'string' || target.id === '')
    found.add('action.target');
  const flags = fieldsOf(fieldsOf(input.environment)?.flags);
  if (flags !== undefined && Object.values(flags).some((flag) => typeof flag !== 'boolean'))
    found.add('environment.flags');
  const usage = fieldsOf(input.usage);
  if (usage !== undefined)
    for (const [name, given] of Object.entries(usage)) {
      const budget = fieldsOf(given) ?? {};
      if (Object.entries(BUDGET).some(([field, type]) => typeOf(own(budget, field)) !== type))
        found.add(`usage.${name}`);
    }
  const approval = fieldsOf(input.approval);
  if (approval !== undefined && !areStrings(own(approval, 'rules'))) found.add('approval.rules');
}

const own = (fields: Fields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
