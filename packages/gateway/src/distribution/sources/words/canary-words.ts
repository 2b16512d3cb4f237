import type { CatalogueEntry } from '@bailiff/contract';

/** Whose calls a canary decides, as `5 % of agents and the team cx`. */
export function canaryWords({ share, teams }: NonNullable<CatalogueEntry['canary']>): string {
  const ofAll = `${Number((share * 100).toPrecision(12))} % of agents`;
  const named = `the ${teams.length === 1 ? 'team' : 'teams'} ${teams.join(', ')}`;
  if (teams.length === 0) return ofAll;
  return share === 0 ? named : `${ofAll} and ${named}`;
}
