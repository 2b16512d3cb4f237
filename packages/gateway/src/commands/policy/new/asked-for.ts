import { CATEGORIES, Failure, ServerName } from '@bailiff/contract';
import {
  BUNDLE_NAMES,
  type BundleSubject,
  bundleSubjectOf,
} from '../../../distribution/sources/bundle-name.ts';
import { shown } from '../../tools/hidden-characters.ts';
import type { NewOptions } from './policy-new.ts';

/** Who a bundle is called, and what it speaks for. */
export interface AskedBundle {
  readonly name: string;
  readonly subject: BundleSubject;
}

/** The bundle that the command line names. @throws Failure `bad_request` where it names none, or several. */
export function bundleOf(
  what: string | undefined,
  { team, fromServer, fromFile }: Pick<NewOptions, 'team' | 'fromServer' | 'fromFile'>,
): AskedBundle {
  if (fromServer !== undefined && fromFile !== undefined)
    throw refused('Name one of --from-server and --from-file, and only one.');
  const name = nameOf(what, team, fromServer);
  const subject = bundleSubjectOf(name);
  if (subject === undefined) throw refused(`No bundle may be called ${shown(name)}. ${hint(name)}`);
  if (fromServer === undefined && fromFile === undefined) return { name, subject };
  if (subject.kind !== 'server')
    throw refused(`Only servers/<name> is drafted from tools, and ${name} is another bundle.`);
  if (fromServer !== undefined && subject.server !== fromServer)
    throw refused(
      `The bundle of the server ${shown(fromServer)} is servers/${shown(fromServer)}, not ${name}.`,
    );
  if (subject.server === 'agents')
    throw refused(
      'The tools of the server `agents` are subagents: make each a bundle of its own, subagents/<name>.',
    );
  return { name, subject };
}

function nameOf(what: string | undefined, team: string | undefined, fromServer: string | undefined): string {
  if (what === undefined || what === 'server') {
    if (fromServer !== undefined) return `servers/${fromServer}`;
    throw refused(`Say what to make: ${BUNDLE_NAMES}, or release.`);
  }
  if (team === undefined) return what;
  if (CATEGORIES.some((category) => category === what)) return `teams/${team}/${what}`;
  throw refused(`A team has parts of ${CATEGORIES.join(', ')}; --team does not go with ${shown(what)}.`);
}

function hint(name: string): string {
  const folded = name.toLowerCase().replace(/[^a-z0-9_/]+/g, '_');
  const said = `Use ${BUNDLE_NAMES}, or release; names are of lower case, digits and underscores, a letter first.`;
  if (folded !== name && bundleSubjectOf(folded) !== undefined) return `${said} ${folded} would do.`;
  const server = ServerName.safeParse(name);
  return server.success ? `${said} For a server: servers/${name}.` : said;
}

const OWNER = /^[\p{L}\p{N}@][\p{L}\p{N}\p{M} @._/+-]{0,79}$/u;

/** Who answers for a bundle. @throws Failure `bad_request` for what is no name. */
export function ownerOf(owner: string): string {
  if (OWNER.test(owner)) return owner;
  throw refused(
    'An owner is the name of a team or a person: letters, digits and spaces, `@._/+-` among them; 80 at most.',
  );
}

const DESCRIPTION_CHARACTERS_MAX = 500;

/** One paragraph; undefined where nothing is said. @throws Failure `bad_request` for what is none. */
export function textOf(description: string | undefined): string | undefined {
  if (description === undefined) return undefined;
  const text = description.trim();
  if (text !== '' && text.length <= DESCRIPTION_CHARACTERS_MAX && shown(text) === text) return text;
  throw refused(`A description is one row of text, ${DESCRIPTION_CHARACTERS_MAX} characters at most.`);
}

function refused(detail: string): Failure {
  return new Failure('bad_request', detail);
}
