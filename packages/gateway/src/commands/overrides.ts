import { Command } from 'commander';
import pc from 'picocolors';
import { loadConfiguration } from '../config.ts';
import type { BuiltRelease } from '../distribution/build-release.ts';
import { BundleFailure } from '../distribution/finding.ts';
import { type OverrideReport, overrideReport, type ToldOverride } from '../insight/overrides.ts';
import { buildFolder } from './bundle/build-folder.ts';
import { defaultConfigurationFile } from './places.ts';
import { momentOf, tellMoment } from './record/moment.ts';
import { openStore, type StoreOptions, withStoreOptions } from './record/store.ts';
import { table } from './record/terminal.ts';

const SINCE_DEFAULT_MS = 84 * 86_400_000;

interface OverrideOptions extends StoreOptions {
  readonly since?: number;
  readonly json?: true;
}

/** `bailiff overrides`: which exceptions there are, until when, and what they let pass. */
export function overridesCommand(): Command {
  return withStoreOptions(
    new Command('overrides').description(
      'Tell the overrides of the release that decides: in force, future, expired and dropped, and how often each was used.',
    ),
  )
    .option(
      '--since <when>',
      'count uses from the hour of then on: 7d, 12w ago, or a time (default: 12w)',
      (text) => momentOf(text),
    )
    .option('--json', 'print everything as JSON')
    .action(async ({ since, json, ...store }: OverrideOptions) => {
      const nowMs = Date.now();
      const built = await builtRelease(store);
      await using reader = await openStore(store);
      const question = {
        sinceMs: since ?? nowMs - SINCE_DEFAULT_MS,
        nowMs,
        dropped: built?.alarms ?? null,
        ...(built && { overrides: built.release.data.overrides }),
      };
      const report = await overrideReport(reader, question, new AbortController().signal);
      process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : tellOverrides(report));
    });
}

/** The release of the policy folder, whose sources alone tell what was dropped; undefined where it does not build. */
async function builtRelease({ config }: StoreOptions): Promise<BuiltRelease | undefined> {
  const { configuration } = await loadConfiguration(config ?? defaultConfigurationFile());
  try {
    return await buildFolder(configuration.policy.directory, { dataDirectory: configuration.data_dir });
  } catch (thrown) {
    if (thrown instanceof BundleFailure) return undefined;
    throw thrown;
  }
}

/** The report for people. */
export function tellOverrides(report: OverrideReport): string {
  const { counts, next_expiry: next, dropped, never_used, gone } = report;
  const lines = [
    `${pc.bold(`Overrides of ${report.policy_version ?? 'the policy folder'}`)}: ${counts.active} in force, ${counts.future} future, ${counts.expired} expired`,
    `  next to end        ${next === null ? '–' : `${next.id}, ${timeText(next.at)} UTC`}`,
    `  allowed with one   ${report.allowed_by_override} of ${report.allowed} allowed calls${shareText(report.share_of_allows)} since ${timeText(report.since)} UTC`,
    `  never used         ${never_used.length === 0 ? '–' : never_used.join(', ')}`,
  ];
  if (gone.length > 0)
    lines.push(`  used and gone      ${gone.map(({ id, uses }) => `${id} (${uses})`).join(', ')}`);
  const parts = [`${lines.join('\n')}\n`];
  if (report.overrides.length > 0) parts.push(tableOf(report.overrides));
  parts.push(weeksText(report));
  if (dropped === null)
    parts.push(
      'What was dropped is not known: the policy folder does not build. `./bailiff bundle build` says why.\n',
    );
  else if (dropped.length > 0)
    parts.push(
      dropped
        .map(({ id, reason, file, row }) => `${pc.yellow('dropped')} ${id} (${file}:${row}): ${reason}\n`)
        .join(''),
    );
  return parts.join('\n');
}

const HEADINGS = ['ID', 'STATE', 'FROM (UTC)', 'UNTIL (UTC)', 'USES', 'LAST USED (UTC)', 'LIFTS', 'TICKET'];

function tableOf(overrides: readonly ToldOverride[]): string {
  const rows = overrides.map((override) => [
    override.id,
    override.over_cap ? `${override.state}, over the cap` : override.state,
    timeText(override.not_before),
    timeText(override.expires_at),
    String(override.uses),
    override.last_used === null ? 'never' : timeText(override.last_used),
    override.lifts.join(', '),
    override.ticket,
  ]);
  const columns = HEADINGS.map((heading) =>
    heading === 'USES' ? { heading, end: true as const } : { heading },
  );
  return table(columns, rows, (cell, row) => (row < 0 ? pc.dim(cell) : cell));
}

function weeksText({ weeks }: OverrideReport): string {
  const columns = [
    { heading: 'WEEK OF' },
    { heading: 'IN FORCE', end: true },
    { heading: 'USES', end: true },
  ] as const;
  const rows = weeks.map(({ week, in_force, uses }) => [week, String(in_force), String(uses)]);
  return table(columns, rows, (cell, row) => (row < 0 ? pc.dim(cell) : cell));
}

const timeText = (time: string) => tellMoment(Date.parse(time));

const shareText = (share: number | null) => (share === null ? '' : ` (${(share * 100).toFixed(1)} %)`);
