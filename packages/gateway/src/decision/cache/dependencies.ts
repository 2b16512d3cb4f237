import { CATEGORIES, type Release, type ReleaseRule } from '@bailiff/contract';
import { touches } from '../refusal/rule-reads.ts';

/** Keys from the input downwards. */
export type Place = readonly string[];

/** Places of the input that answers by a group of bundles depend on; undefined where such answers may not be kept. */
export type Places = readonly Place[] | undefined;

/** What the answers that a release gives depend on, beside the release itself. */
export interface Dependencies {
  /** For every call: what the kernel, identity's capabilities and the five categories read. */
  readonly always: Places;
  /** For calls that the bundles named `teams/<team>`, `servers/<name>` or `subagents/<name>` speak for, in addition. */
  readonly ofPart: ReadonlyMap<string, Places>;
  /** Instants at which an override begins or ends, in seconds since 1970, ascending. */
  readonly boundaries: readonly number[];
}

/**
 * What the kernel reads of a call by itself, of any input that is whole. Everything else it only looks at the type of, and
 * an approval answers what rules ask for, so that calls with one are not kept.
 */
const KERNEL_READS = [
  'input.agent.owner_team',
  'input.action.server',
  'input.action.subagent',
  'input.action.target',
  'input.action.data_classes_referenced',
];

/** What the dimensions of an override's scope are compared with. */
const SCOPED_FACTS: Readonly<Record<string, string>> = {
  agents: 'input.agent.id',
  teams: 'input.agent.owner_team',
  users: 'input.user.id',
  servers: 'input.action.server',
  tools: 'input.action.tool',
  models: 'input.action.model',
};

/** What changes by itself: an answer that depends on it is as old as it is. */
const PASSING_PLACES = [
  'input.usage',
  'input.approval',
  'input.environment.time',
  'input.environment.time_s',
  'input.environment.weekday',
  'input.environment.minute_of_day',
];

/** Works out of a release what its answers depend on. */
export function dependenciesOf(release: Release): Dependencies {
  const { overrides } = release.data;
  const rules = [...release.rules.values()].filter(({ mode }) => mode !== 'off');
  const byPart = Map.groupBy(rules, ({ bundle }) => partOf(bundle));
  const dimensions = new Set(overrides.flatMap(({ scope }) => Object.keys(scope)));
  const { capabilityReads } = release;
  const always = [
    ...KERNEL_READS,
    ...(listsVersions(release) ? ['input.agent.id', 'input.agent.version'] : []),
    ...[...dimensions].flatMap((dimension) => SCOPED_FACTS[dimension] ?? []),
    ...readsOf(byPart.get('') ?? []),
    ...(capabilityReads ?? []),
  ];
  byPart.delete('');
  const parts = [...byPart].map(([part, those]) => [part, placesOf(readsOf(those))] as const);
  const instants = new Set(overrides.flatMap(({ not_before, expires_at }) => [not_before, expires_at]));
  return {
    always: capabilityReads === undefined ? undefined : placesOf(always),
    ofPart: new Map(parts),
    boundaries: [...instants].sort((a, b) => a - b),
  };
}

/** Whether the kernel looks at which version of an agent acts. */
function listsVersions({ data }: Release): boolean {
  return Object.values(data.agents).some((versions) => versions.length > 0);
}

/** What a bundle speaks for: `teams/cx` of `teams/cx/workflow`, `servers/crm` of itself, nothing of a category, which always speaks. */
function partOf(bundle: string): string {
  if ((CATEGORIES as readonly string[]).includes(bundle)) return '';
  return bundle.split('/').slice(0, 2).join('/');
}

function readsOf(rules: readonly ReleaseRule[]): string[] {
  return rules.flatMap(({ reads }) => reads);
}

/** The outermost of these paths; undefined where one of them reads what passes. */
function placesOf(paths: readonly string[]): Places {
  const ofInput = new Set(paths.filter((path) => path === 'input' || path.startsWith('input.')));
  if ([...ofInput].some((path) => PASSING_PLACES.some((place) => touches(path, place)))) return undefined;
  const isOutermost = (path: string) => ![...ofInput].some((other) => path.startsWith(`${other}.`));
  return [...ofInput].filter(isOutermost).map((path) => path.split('.').slice(1));
}
