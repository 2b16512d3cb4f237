import { Command } from 'commander';
import { print } from '../../bundle/outcome.ts';
import { type NewOptions, policyNew } from './policy-new.ts';

/** `bailiff policy new`: bundles to begin with, which pass every check. */
export function newCommand(): Command {
  return new Command('new')
    .description(
      'Write a bundle to begin with: an example rule with its METADATA, tests that show it both ways, data, a README; and register it in release.yaml. What is there already is never overwritten.',
    )
    .argument(
      '[what]',
      'identity, resource, workflow, compliance, overrides, teams/<team>/<category>, servers/<name>, subagents/<name>; or release: a whole policy folder',
    )
    .option(
      '--dir <dir>',
      'folder with release.yaml (default: the policy folder of ./bailiff.yaml, else ./policy)',
    )
    .option('--owner <team>', 'who answers for it (default: the team, else whoever runs this)')
    .option('--team <name>', 'write the part of a category that speaks for this team’s agents')
    .option('--description <text>', 'what the bundle is for')
    .option('--release', 'where the folder has no release.yaml, write a policy folder to begin with first')
    .option('--no-register', 'print the row for release.yaml instead of writing it')
    .option(
      '--from-server <name>',
      'draft the bundle of this configured server from the tools that it lists now',
    )
    .option('--from-file <file>', 'draft a server’s bundle from a saved tools/list')
    .option('--config <file>', 'configuration that names the server, and the policy folder')
    .option('--no-grants', 'draft a server’s bundle that grants nothing, so that it needs no `may_grant`')
    .option('--no-pins', 'leave the definitions of the drafted tools unpinned')
    .option(
      '--data-class <classes...>',
      'classes of data that the server’s tools touch (default: every class of the catalogue)',
    )
    .option(
      '--approvers <groups...>',
      'groups whose members may approve what the server writes (default: the owner)',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  bailiff policy new release --dir policy
  bailiff policy new compliance --owner privacy
  bailiff policy new workflow --team support
  bailiff policy new --from-server crm --owner crm-team
Exit code: 0 it is written, 1 release.yaml is refused, 2 it could not be done.`,
    )
    .action(async (what: string | undefined, options: NewOptions) => print(await policyNew(what, options)));
}
