import type { z } from 'zod';

/** What a schema refuses about a value, and how it is mended. */
export interface ValueWords {
  readonly detail: string;
  readonly mend: string;
}

/** Codes by which a schema says it in its own words, where nobody gave it better ones. */
const OWN_WORDS = /^(?:Invalid|Too (?:big|small)|Unrecognized|Expected)\b/;

/** What the contract refuses in its own words, where more is to be said: behind the name of the value, and how it is mended. */
const SAID: Readonly<Partial<Record<string, ValueWords>>> = {
  'Say `share`, `teams`, or both': {
    detail: 'names nobody: it has neither `share` nor a team.',
    mend: 'Give `share`, a number from 0 to 1, as `share: 0.05`; or `teams`, as `teams: [a_team]`; or both.',
  },
};

/** An issue of a schema in plain words. `name` is what the value is called: its path. */
export function valueWords(issue: z.core.$ZodIssue, name: string): ValueWords {
  const said = SAID[issue.message];
  if (said !== undefined) return { ...said, detail: `${name} ${said.detail}` };
  if (!OWN_WORDS.test(issue.message))
    return {
      detail: `${name} is not valid: ${issue.message}${/[.!?]$/.test(issue.message) ? '' : '.'}`,
      mend: 'Correct the value.',
    };
  const share = ofShare(issue, name);
  if (share !== undefined) return share;
  switch (issue.code) {
    case 'invalid_type':
      return ofType(issue, name);
    case 'invalid_value':
      return ofValues(issue.values.map(String), name);
    case 'invalid_union':
      return ofUnion(issue, name);
    case 'invalid_format':
      return ofFormat(issue, name);
    case 'too_small':
    case 'too_big':
      return ofSize(issue, name);
    default:
      return { detail: `${name} is not valid: ${issue.message}.`, mend: 'Correct the value.' };
  }
}

/** What a schema expects, as the reader calls it, and how it is written in YAML. */
const TYPES: Readonly<Partial<Record<string, readonly [what: string, how: string]>>> = {
  string: ['a text', 'Write a text; in quotes where it looks like a number, a list or a truth value.'],
  number: ['a number', 'Write a number, without quotes.'],
  int: ['a whole number', 'Write a whole number, without quotes.'],
  boolean: ['`true` or `false`', 'Write `true` or `false`, without quotes.'],
  array: [
    'a list',
    'Write a list: `[one, two]`, or each entry on a row of its own, as `- one` with a space after the dash.',
  ],
  object: [
    'keys with values',
    'Write `key: value` on a row of its own for each, indented below, with a space after the colon.',
  ],
  record: [
    'keys with values',
    'Write `key: value` on a row of its own for each, indented below, with a space after the colon.',
  ],
  null: ['nothing', 'Leave the value out.'],
};

/** What a schema expects, as the reader calls it. */
export function expectedWord(expected: string): string {
  return TYPES[expected]?.[0] ?? expected;
}

/** What stands there instead. */
const RECEIVED: Readonly<Partial<Record<string, string>>> = {
  NaN: 'no number',
  null: 'nothing',
  undefined: 'nothing',
};

function ofType({ expected, message, input }: z.core.$ZodIssueInvalidType, name: string): ValueWords {
  const [what, how] = TYPES[expected] ?? [expected, 'Correct the value.'];
  // Quotes are only spoken of where they may be what is wrong.
  const isOtherText = typeof input === 'string' && !/^(?:true|false|[-+]?[\d.]+(?:e[-+]?\d+)?)$/i.test(input);
  const received = /received (\w+)$/.exec(message)?.[1] ?? '';
  const found = RECEIVED[received] ?? TYPES[received]?.[0];
  return {
    detail: `${name} must be ${what}${found === undefined || found === what ? '' : `, and ${found} stands there`}.`,
    mend: isOtherText ? how.replace(', without quotes', '') : how,
  };
}

/** Where a share from 0 to 1 belongs, what was written in percent; undefined where it was not. */
function ofShare(issue: z.core.$ZodIssue, name: string): ValueWords | undefined {
  if (issue.code === 'invalid_type' && issue.expected === 'number' && typeof issue.input === 'string') {
    const percent = /^([\d.]+)\s*%$/.exec(issue.input.trim())?.[1];
    const share = shareOf(Number(percent ?? Number.NaN));
    if (share === undefined) return undefined;
    return {
      detail: `${name} must be a number from 0 to 1, and a percentage stands there.`,
      mend: `Write ${share}.`,
    };
  }
  if (issue.code === 'too_big' && issue.origin === 'number' && issue.maximum === 1) {
    const share = shareOf(Number(issue.input ?? Number.NaN));
    if (share === undefined) return undefined;
    return {
      detail: `${name} must be at most 1.`,
      mend: `Write a number from 0 to 1; for ${String(issue.input)} % write ${share}.`,
    };
  }
  return undefined;
}

/** The share that a percentage is; undefined where it is none. */
function shareOf(percent: number): number | undefined {
  return percent >= 0 && percent <= 100 ? Number((percent / 100).toPrecision(12)) : undefined;
}

/** Values that are listed at most. */
const LISTED_MAX = 12;

function ofValues(values: readonly string[], name: string): ValueWords {
  const listed = values.slice(0, LISTED_MAX).map((value) => `\`${value}\``);
  const all = values.length > LISTED_MAX ? [...listed, '…'] : listed;
  const [only] = listed;
  return all.length === 1
    ? { detail: `${name} must be ${only}.`, mend: `Write ${only}.` }
    : { detail: `${name} is none of the values that it may have.`, mend: `Write one of: ${all.join(', ')}.` };
}

/** Of a union whose alternatives are told by a key, the key’s values; of another what the alternatives expect. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, name: string): ValueWords {
  const { options } = issue as { readonly options?: unknown };
  if (Array.isArray(options)) return ofValues(options.map(String), name);
  const expected = issue.errors.flatMap((alternative) =>
    alternative.flatMap((one) =>
      one.code === 'invalid_type' && one.path.length === 0 ? [TYPES[one.expected]?.[0] ?? one.expected] : [],
    ),
  );
  const what = [...new Set(expected)].join(' or ');
  return {
    detail: `${name} is of no form that it may have.`,
    mend: what === '' ? 'Correct the value.' : `Write ${what}.`,
  };
}

/** Patterns of the contract in words; with the text of any other the reader is left alone. */
const FORMS: Readonly<Partial<Record<string, string>>> = {
  '/^[a-z][a-z0-9_]*$/': 'small letters, digits and `_`, beginning with a letter, as `support_bot`',
  '/^[a-z][a-z0-9_]{0,79}$/':
    'at most 80 small letters, digits and `_`, beginning with a letter, as `message_too_long`',
  date: 'a date, as `2026-11-23`',
  datetime: 'an instant in UTC, as `2026-11-23T13:45:00Z`',
  url: 'an address, as `https://example.com/path`',
  email: 'an e-mail address',
};

function ofFormat(issue: z.core.$ZodIssueInvalidStringFormat, name: string): ValueWords {
  const pattern = issue.pattern ?? '';
  const form = FORMS[issue.format === 'regex' ? pattern : issue.format];
  return form === undefined
    ? { detail: `${name} has not the form that it must have: ${issue.message}.`, mend: 'Correct the value.' }
    : { detail: `${name} has not the form that it must have.`, mend: `Write ${form}.` };
}

/** What is counted, by what a schema calls its origin. */
const COUNTED: Readonly<Partial<Record<string, string>>> = {
  string: 'characters',
  array: 'entries',
  set: 'entries',
  object: 'keys',
  record: 'keys',
};

function ofSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, name: string): ValueWords {
  const counted = COUNTED[issue.origin];
  const isLeast = issue.code === 'too_small';
  const bound = String(isLeast ? issue.minimum : issue.maximum);
  if (counted !== undefined && isLeast && bound === '1')
    return {
      detail: `${name} is empty.`,
      mend: 'Write something, or remove the key where it may be left out.',
    };
  const than =
    issue.inclusive === false ? (isLeast ? 'more than' : 'less than') : isLeast ? 'at least' : 'at most';
  const of = counted === undefined ? '' : ` ${counted}`;
  return {
    detail: `${name} must ${counted === undefined ? 'be' : 'have'} ${than} ${bound}${of}.`,
    mend:
      counted === undefined
        ? `Write a number that is ${than} ${bound}.`
        : `Make it ${isLeast ? 'longer' : 'shorter'}.`,
  };
}
