import { hash } from 'node:crypto';
import type { Registered, Release, ReleaseDifference, ReleaseRule } from '@bailiff/contract';
import { compare } from '../finding.ts';
import { canaryWords } from '../sources/words/canary-words.ts';

type Changed = ReleaseDifference['rules'][number];

type Override = Release['data']['overrides'][number];

type Described = Pick<Release, 'policyVersion' | 'data' | 'rules' | 'catalogue'>;

/** What changes from one release to another, each list by name. */
export function releaseDifference(from: Described, to: Described): ReleaseDifference {
  const changed = (namesOf: (release: Described) => Readonly<Record<string, string>>) =>
    changesBetween(namesOf(from), namesOf(to));
  return {
    from: from.policyVersion,
    to: to.policyVersion,
    bundles: changed(({ data }) => data.bundles),
    rules: changed(rulesOf).map((change) => unlessSame(change)),
    agents: changed(({ data }) =>
      mapped(data.agents, (versions) => (versions.length === 0 ? 'any' : versions.join(', '))),
    ),
    tool_pins: changed(({ data }) =>
      Object.fromEntries(
        Object.entries(data.tool_pins).flatMap(([server, tools]) =>
          Object.entries(tools).map(([tool, digest]) => [`${server}.${tool}`, digest.slice(0, 12)]),
        ),
      ),
    ),
    launches: changed(({ data }) =>
      mapped(data.launches, ({ kind, what, digest }) => `${kind} ${what} (${digest.slice(0, 12)})`),
    ),
    registrations: changed(({ data }) => mapped(data.registrations, registeredText)),
    keys: changed(({ data }) => mapped(data.keys, registeredText)),
    overrides: changed(({ data }) =>
      Object.fromEntries(data.overrides.map((override) => [override.id, overrideText(override)])),
    ),
    catalogue: changed(catalogueOf),
  };
}

function registeredText({ what, digest }: Registered): string {
  return `${what} (${digest.slice(0, 12)})`;
}

function changesBetween(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): Changed[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort(compare);
  return names.flatMap((name) => {
    const [was, is] = [valueIn(from, name), valueIn(to, name)];
    return was === is ? [] : [{ name, from: was, to: is }];
  });
}

function valueIn(values: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

const SEPARATOR = '\u0000';

/** What is shown of a rule, and what makes it another. */
function rulesOf({ rules }: Described): Record<string, string> {
  return Object.fromEntries(
    [...rules].map(([id, { location: _location, ...entry }]) => [
      id,
      `${ruleText(entry)}${SEPARATOR}${JSON.stringify(entry)}`,
    ]),
  );
}

/** What is shown of a rule, as `deny, canary (10 % of agents)`. */
export function ruleText({ kind, mode, canary }: Pick<ReleaseRule, 'kind' | 'mode' | 'canary'>): string {
  return `${kind}, ${mode}${canary === undefined ? '' : ` (${canaryWords(canary)})`}`;
}

function unlessSame({ name, from, to }: Changed): Changed {
  const [was = null, is = null] = [from, to].map((text) => text?.split(SEPARATOR)[0] ?? null);
  return { name, from: was, to: was !== null && was === is ? `${is} (changed)` : is };
}

/** What it lifts, for whom and when: whatever of it decides. */
function overrideText({ lifts, scope, not_before, expires_at }: Override): string {
  const covered = Object.entries(scope)
    .sort(([a], [b]) => compare(a, b))
    .map(([dimension, names = []]) => `${dimension} ${[...names].sort(compare).join(', ')}`);
  const [from, until] = [not_before, expires_at].map((seconds) => new Date(seconds * 1_000).toISOString());
  return `lifts ${lifts.join(', ')} for ${covered.join(' and ')} from ${from} until ${until}`;
}

function catalogueOf({ catalogue: { servers, models, subagents } }: Described): Record<string, string> {
  const lists = { servers, models, subagents };
  return Object.fromEntries(
    Object.entries(lists).flatMap(([list, entries]) =>
      Object.entries(entries).map(([name, entry]) => [
        `${list}/${name}`,
        `entry ${hash('sha256', JSON.stringify(entry)).slice(0, 12)}`,
      ]),
    ),
  );
}

function mapped<Value>(
  values: Readonly<Record<string, Value>>,
  tell: (value: Value) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tell(value)]));
}
