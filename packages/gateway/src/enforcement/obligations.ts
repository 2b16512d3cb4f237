import type { Call, Json, Obligation } from '@bailiff/contract';

type Limits = Extract<Obligation, { kind: 'limit' }>['limits'];
type Lists = Extract<Obligation, { kind: 'allow_only' }>['lists'];

/** What discharging needs to know of a call besides the call itself. */
export interface DischargeFacts {
  /** Where the call’s upstream runs; `unknown` when it is not configured. */
  readonly region: string;
}

/** What an allow asks of enforcement, worked out before anything is sent. */
export type Duties =
  | {
      readonly kind: 'dischargeable';
      /** Undefined when no time-out is asked for. */
      readonly timeoutMs: number | undefined;
      readonly notify: readonly string[];
    }
  /** `because` is for people and never repeats argument values. */
  | { readonly kind: 'unmet'; readonly because: string };

/**
 * Arguments by which tools commonly bound what they return or spend. At least one must be present, and every one that is must be
 * an integer from 1 up to the limit: 0 often means that there is no bound.
 */
const BOUNDING_ARGUMENTS: Readonly<Record<'rows' | 'tokens' | 'cost_cents', readonly string[]>> = {
  rows: ['rows', 'limit', 'max_rows', 'page_size', 'count'],
  tokens: ['tokens', 'max_tokens', 'max_output_tokens'],
  cost_cents: ['cost_cents', 'max_cost_cents'],
};

/**
 * Further names under which some tools take a bound, in any case, `-` or `_` apart. They mean other things to other tools, so
 * that none of them is enough, but one that is present and beyond the limit may be the one that counts.
 */
const PERHAPS_BOUNDING: Readonly<Record<keyof typeof BOUNDING_ARGUMENTS, ReadonlySet<string>>> = {
  rows: new Set([
    ...[
      'n',
      'k',
      'num',
      'top',
      'topk',
      'topn',
      'take',
      'first',
      'last',
      'size',
      'rowcount',
      'perpage',
      'batchsize',
    ],
    ...[
      'maxresults',
      'numresults',
      'maxitems',
      'maxcount',
      'rowlimit',
      ...BOUNDING_ARGUMENTS.rows.map(plain),
    ],
  ]),
  tokens: new Set(['maxcompletiontokens', 'maxnewtokens', ...BOUNDING_ARGUMENTS.tokens.map(plain)]),
  cost_cents: new Set(BOUNDING_ARGUMENTS.cost_cents.map(plain)),
};

function plain(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/**
 * Whether every obligation can be honoured for this call. What cannot be checked counts as unmet: an allow that could not
 * be honoured is not an allow. Masks, audit levels and tags are the record’s business and need nothing here.
 */
export function dutiesOf(obligations: readonly Obligation[], call: Call, facts: DischargeFacts): Duties {
  let timeoutMs: number | undefined;
  const notify: string[] = [];
  for (const obligation of obligations) {
    switch (obligation.kind) {
      case 'limit': {
        const because = exceeded(obligation.limits, call);
        if (because !== undefined) return { kind: 'unmet', because };
        timeoutMs = obligation.limits.timeout_ms;
        break;
      }
      case 'allow_only': {
        const because = outsideOf(obligation.lists, call, facts);
        if (because !== undefined) return { kind: 'unmet', because };
        break;
      }
      case 'notify':
        notify.push(...obligation.to);
        break;
      case 'mask':
      case 'audit':
      case 'tag':
        break;
      default:
        return { kind: 'unmet', because: unknownKind(obligation) };
    }
  }
  return { kind: 'dischargeable', timeoutMs, notify };
}

/** Answers come from a schema, but a kind that was added to it must not pass unhonoured. */
function unknownKind(_obligation: never): string {
  return 'A duty of the decision is not known here.';
}

function exceeded(limits: Limits, { args }: Call): string | undefined {
  for (const kind of ['rows', 'tokens', 'cost_cents'] as const) {
    const limit = limits[kind];
    if (limit === undefined) continue;
    const present = BOUNDING_ARGUMENTS[kind].filter((name) => Object.hasOwn(args, name));
    if (present.length === 0) {
      const names = BOUNDING_ARGUMENTS[kind].join(', ');
      return `At most ${limit} ${kind} are allowed, and the call sets no bound; set one of: ${names}.`;
    }
    const alsoBounding = Object.keys(args).filter(
      (name) => typeof args[name] === 'number' && PERHAPS_BOUNDING[kind].has(plain(name)),
    );
    for (const name of [...present, ...alsoBounding]) {
      const value = args[name];
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > limit) {
        return `At most ${limit} ${kind} are allowed; set the argument ${name} to an integer from 1 to that.`;
      }
    }
  }
  return undefined;
}

function outsideOf(lists: Lists, call: Call, { region }: DischargeFacts): string | undefined {
  const { args } = call;
  const model = call.model === '' ? args.model : call.model;
  if (lists.models !== undefined && !isAmong(lists.models, model)) {
    return `Only these models are allowed: ${lists.models.join(', ')}.`;
  }
  if (lists.regions !== undefined && !isAmong(lists.regions, region)) {
    return 'The upstream server does not run in a region that is allowed for this call.';
  }
  if (lists.columns !== undefined) {
    const allowed = lists.columns;
    const columns = args.columns;
    const isWithin =
      Array.isArray(columns) && columns.length > 0 && columns.every((one) => isAmong(allowed, one));
    if (!isWithin)
      return `Only these columns are allowed, named in the argument columns: ${allowed.join(', ')}.`;
  }
  return undefined;
}

function isAmong(allowed: readonly string[], value: Json | undefined): boolean {
  return typeof value === 'string' && allowed.includes(value);
}
