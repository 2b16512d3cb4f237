import type { CodePage } from './code-page.ts';

/** What is wrong, what comes of it, how it is mended, and what `--fix` does about it. */
type Words = readonly [title: string, why: string, mend: string, fix?: string];

const refused = (...[title, why, mend, fix]: Words): CodePage => ({
  severity: 'error',
  title,
  why,
  mend,
  ...(fix !== undefined && { fix }),
});

const warned = (...[title, why, mend]: Words): CodePage => ({ severity: 'warning', title, why, mend });

/** Codes of what the builder of a release refuses, and of what it warns. */
export const BUILDER_CODES: Readonly<Record<string, CodePage>> = {
  rule_metadata_missing: refused(
    'A rule has no METADATA',
    'Answers, records and explanations tell a rule by its title, owner and reason.',
    'Put a METADATA block with title, `custom.owner` and `custom.reason` right above the first body.',
  ),
  rule_title_missing: refused(
    'A rule has no title',
    'People are told the title of what decided.',
    'Add `title` to its METADATA.',
  ),
  rule_owner_missing: refused(
    'A rule has no owner',
    'Somebody has to answer for it: appeals and alarms go there.',
    'Add `owner` under `custom`.',
    'Adds the owner of the bundle.',
  ),
  rule_reason_missing: refused(
    'A rule has no reason code',
    'Agents and queries go by the code, which never changes.',
    'Add `reason` under `custom`: lower case, digits, underscores.',
    'Adds the rule’s id as its reason.',
  ),
  rule_id_missing: refused(
    'A rule’s id is not constant',
    'Overrides, tests, records and explanations name rules by id. One that is computed cannot be named.',
    'Write the id as a text in the head: `deny contains "name" if …`.',
  ),
  rule_id_invalid: refused(
    'A rule’s id cannot be used',
    'Ids are part of dotted names.',
    'Use lower case, digits and underscores, a letter first, at most 64.',
  ),
  rule_id_duplicate: refused(
    'A rule’s id is taken',
    'Two rules of one id could not be told apart.',
    'Choose another id, or put all bodies of one rule together with METADATA on the first.',
  ),
  rule_id_mismatch: refused(
    'METADATA and head call a rule differently',
    'The head’s id is the one that counts.',
    'Remove the id from METADATA.',
    'Removes the id from METADATA.',
  ),
  rule_set_unknown: refused(
    'METADATA on what is no rule',
    'The name is near to a rule set and is none, so that the rule would decide nothing.',
    'Correct the name of the set, or remove `custom` from the METADATA of a helper.',
  ),
  rule_set_malformed: refused(
    'A rule set is not added to',
    'The kernel reads `deny`, `require_approval`, `allow`, `affirm` and `oblige` as sets. `deny := true` is none.',
    'Write `deny contains "name" if { … }`.',
  ),
  rule_set_misplaced: refused(
    'A rule set in a package below the bundle’s',
    'The kernel reads the bundle’s own package only.',
    'Move the rule there.',
  ),
  name_reserved: refused(
    'A name that the builder uses',
    'The builder makes a document of that name.',
    'Rename the rule.',
  ),
  obligation_kind_missing: refused(
    'An obligation’s kind is not constant',
    'The gateway has to know every kind before it can promise to discharge it.',
    'Write `kind` as a text.',
  ),
  obligation_reads_payload: refused(
    'An obligation depends on arguments or a result',
    'Its fields stand in answers and records, where arguments have no place.',
    'Make the fields constant or take them from data; conditions may read arguments.',
  ),
  package_outside_root: refused(
    'A package outside of the bundle',
    'A bundle speaks for its own part of the tree alone.',
    'Write the package of the bundle. Tests, which have a package of their own, stand in files whose names end in `_test.rego`.',
  ),
  input_path_unknown: refused(
    'No input has this path',
    'The schema of the input does not know it, so it never has a value: a condition on it never holds, and under `not` it always does.',
    'Correct the path; [the input](../input.md) lists them.',
  ),
  kernel_read: refused(
    'A bundle reads the kernel',
    'What the kernel makes of findings is no ground for a finding.',
    'Read the input or data instead.',
  ),
  function_foreign: refused(
    'A function of another bundle',
    'Removing that bundle would keep this one from compiling, and with it every decision.',
    'Copy the function, or read a document of that bundle.',
  ),
  data_undefined: refused(
    'Nothing defines what is read',
    'The rule would silently not fire.',
    'Add it to data.yaml, or correct the path.',
  ),
  read_foreign: refused(
    'A bundle reads what is another’s',
    'Dozens of teams can change their bundles because others do not depend on what is inside.',
    'Have the path added to `may_read` of the bundle in release.yaml, or keep a copy.',
  ),
  grant_refused: refused(
    'A grant in a bundle that may not grant',
    'Everyone may object, few may grant: identity says who, resource says what, others only where they are registered with `may_grant`.',
    'Use `affirm`, or register the bundle with `may_grant: true`.',
  ),
  grant_reads_refused: refused(
    'A grant reads arguments, context or usage',
    'Grants say who may use what; denials say how. Lists are filtered before there are arguments.',
    'Make limits on arguments, context and usage denials.',
  ),
  builtin_refused: refused(
    'A built-in that is not allowed',
    'Its answer is not in the record, so that the decision could not be made again.',
    'Take the fact from `input` or `data`.',
  ),
  capabilities_missing: warned(
    'Identity says no capabilities',
    'Every call is outside of what is within reach, and refused.',
    'Define `capabilities` in the package of identity.',
  ),
  capabilities_incomplete: refused(
    'A list of capabilities is missing',
    'The kernel reads all of them.',
    'Add the list, `[]` where nothing is within reach.',
  ),
  capabilities_malformed: refused(
    'Capabilities are no object',
    'The kernel could not read them.',
    'Give an object of lists.',
  ),
  capability_unknown: refused(
    'Capabilities of a kind that there is not',
    'Nothing would read it.',
    'Correct its spelling.',
  ),
  capability_malformed: refused(
    'Capabilities that are no list',
    'The kernel could not read them.',
    'Write a list.',
  ),
  bundle_without_rules: warned(
    'A bundle has no rule',
    'It has no say in any decision.',
    'Add a rule, or take the bundle out of release.yaml.',
  ),
  launch_unpinned: warned(
    'A server is started from no fixed version',
    'A release goes back with its launches. What names no one version starts whatever is newest then.',
    'Name one version of its package (`weather-mcp@1.2.3`), or the digest of its image (`weather@sha256:…`).',
  ),
  comprehension_without_use: refused(
    'A comprehension stands as a condition',
    'It always holds, and the two engines differ over it.',
    'Assign it and say what must hold of it, or remove it.',
  ),
  negated_dynamic_reference: refused(
    'A `not` before documents of rules under a key that is no constant',
    'Engines differ over it.',
    'Say it without `not` in a rule of its own and negate that rule, or read it with `object.get`.',
  ),
  function_default: refused(
    'A function has a default',
    'Engines see it differently where the package is read as a whole.',
    'Give the function an `else` in place of the default.',
  ),
  module_too_complex: refused(
    'A file is too deep or too large to be analysed',
    'What cannot be analysed cannot be vouched for.',
    'Split the file and nest less.',
  ),
  document_invalid: refused(
    'A YAML or JSON document that cannot be read, or that two readers could take for two things',
    'What is no YAML says nothing. Aliases, tags, keys that occur twice and numbers that lose digits mean different things to different readers. The METADATA of a rule is YAML too.',
    'Do what the finding says. Texts with a colon, a quote or another special character stand in quotes; keys that belong together begin in the same place, with spaces and not with tabs.',
  ),
  key_unknown: refused(
    'A key that nothing reads',
    'It would be dropped without a word.',
    'Remove it or correct its spelling.',
  ),
  key_missing: refused('A key is missing', 'The document cannot be used without it.', 'Add it.'),
  value_invalid: refused(
    'A value that is not accepted',
    'The document cannot be used with it.',
    'Correct the value.',
  ),
  file_missing: refused(
    'A file is not there',
    'Something names it.',
    'Add it, or correct the path that names it.',
  ),
  file_unknown: refused(
    'A file that a bundle does not have',
    'It would be ignored, and might be a misspelt rule or its test.',
    'Rename it or move it out of the folder.',
  ),
  file_unreadable: refused(
    'A file cannot be read',
    'It is not text in UTF-8, or may not be opened.',
    'Save it as UTF-8, mend its permissions.',
  ),
  file_refused: refused(
    'A file’s name cannot be used',
    'Bundles travel to other systems.',
    'Rename or remove it.',
  ),
  file_too_large: refused('A file is too large', 'Everything that is read has a bound.', 'Split it.'),
  folder_too_deep: refused(
    'Folders are nested too deep',
    'Everything that is read has a bound.',
    'Split the bundle.',
  ),
  too_many_files: refused(
    'A bundle has too many files',
    'Everything that is read has a bound.',
    'Split the bundle.',
  ),
  too_many_bundles: refused(
    'A release has too many bundles',
    'Everything that is read has a bound.',
    'Register fewer.',
  ),
  too_many_packages: refused(
    'A release has too many packages',
    'Everything that is read has a bound.',
    'List fewer.',
  ),
  data_ambiguous: refused('Two data files', 'Which one counts is not to be guessed.', 'Keep one of the two.'),
  data_invalid: refused(
    'A bundle’s data is no object',
    'Data stands under keys.',
    'Put the values under keys.',
  ),
  data_reserved: refused(
    'Data under a name that rules use',
    'Data in the place of a rule set would be findings that nobody made.',
    'Choose another key.',
  ),
  library_rule_unknown: refused(
    'A rule that the library does not have',
    'What is listed under `library` and not there would be a rule that somebody believes in.',
    'Correct its name: docs/library.md lists what there is.',
  ),
  library_rule_misplaced: refused(
    'A rule of another category',
    'Each category has its own reviewers, and what its rules may do.',
    'Take it in the bundle of its category, or in that of a server or subagent.',
  ),
  library_rule_twice: refused(
    'A rule of the library is there twice',
    'It is listed under `library`, and a copy lies in the bundle’s own folder.',
    'Keep one of the two.',
  ),
  library_rule_not_taken: refused(
    'Configuration of a rule that the bundle does not have',
    'Nothing reads it, and a limit that somebody set would not hold.',
    'List the rule under `library` in `bundle.yaml`, or remove its configuration.',
  ),
  library_key_unknown: refused(
    'Configuration that a rule does not read',
    'A misspelt key leaves the safe value that ships in force, or a limit that does not hold.',
    'Use the keys on the rule’s page.',
  ),
  library_value_mistyped: refused(
    'Configuration of another type than the rule takes',
    'A text in the place of a number, or a number in that of a table, makes the rule fail for every call, or never fire.',
    'Write a value of the type of what ships; the rule’s page shows it.',
  ),
  library_by_name: refused(
    'A signed or approved bundle takes rules by name',
    'What is signed or approved is what decides. A name stands for other rules when the library changes.',
    'Pack the bundle, which puts the rules in, and sign or approve that; or copy them into its folder.',
  ),
  data_class_unknown: refused(
    'A data class that nothing declares',
    'Rules would compare with it and never find it equal.',
    'Declare it, or correct its spelling.',
  ),
  region_unknown: refused(
    'A region that nothing declares',
    'Rules would compare with it and never find it equal.',
    'Declare it, or correct its spelling.',
  ),
  directory_missing: refused(
    'Nobody is registered',
    'Identity has no data.',
    'Add data.yaml with `agents` and `users`.',
  ),
  bundle_missing: refused(
    'A required bundle is not there',
    'Without it nothing is decided.',
    'Add its folder, correct the path, or register it with `required: false`; make the source reachable of one that is fetched.',
  ),
  bundle_left_out: warned(
    'A bundle is checked without',
    'What it would decide, and what others read of it, is not part of what was checked.',
    'Mend its source, or leave `--without-sources` away.',
  ),
  bundle_from_copy: warned(
    'A bundle is a copy of before',
    'Its source could not be used, so that the last good copy of the gateway was taken, as the gateway does.',
    'Mend its source.',
  ),
  bundle_without_source: refused(
    'A bundle is registered, and nothing says where it is',
    'It could never be read.',
    'Give it a `path` or a `source`.',
  ),
  bundle_name_invalid: refused(
    'No bundle may be called so',
    'The name says what it speaks for.',
    'Use a category, teams/<team>/<category>, servers/<name> or subagents/<name>.',
  ),
  bundle_name_mismatch: refused(
    'A bundle has two names',
    'release.yaml and bundle.yaml differ.',
    'Give it the same name in both.',
  ),
  part_manifest_missing: refused(
    'A bundle does not say which one it is',
    'It has no place in a release then.',
    'Add `name` to bundle.yaml.',
  ),
  may_grant_refused: refused(
    'A category is registered to grant',
    'Identity and resource always grant, the others never.',
    'Remove `may_grant`.',
  ),
  server_unregistered: refused(
    'A server has no bundle',
    'Nobody speaks for it, so that every call would be refused.',
    'Register a bundle for it, or list it under `servers_without_bundle`.',
  ),
  server_ambiguous: refused(
    'A server has a bundle and is said to have none',
    'Which holds is not to be guessed.',
    'Keep one of the two.',
  ),
  subagent_unregistered: refused(
    'A subagent has no bundle',
    'It would be refused at every call.',
    'Register a bundle for it.',
  ),
  subagent_not_in_catalogue: refused(
    'The catalogue has no such subagent',
    'It would be governed by facts that nobody stated.',
    'List it there with its effects, or remove its bundle.',
  ),
  said_twice: refused(
    'Two sources say the same thing differently',
    'Which holds is not to be guessed.',
    'Keep one of the two.',
  ),
  package_missing: refused(
    'A package is not there',
    'release.yaml lists its folder.',
    'Add it, or correct the path.',
  ),
  package_ambiguous: refused(
    'A package is listed twice',
    'Which holds is not to be guessed.',
    'Keep one of the two.',
  ),
  kernel_missing: refused(
    'There is no kernel',
    'The kernel combines what bundles say.',
    'Name the folder of the kernel.',
  ),
  entrypoint_missing: refused(
    'The kernel lacks an entrypoint',
    'Every decision would be undefined.',
    'Name the folder of a whole kernel.',
  ),
};
