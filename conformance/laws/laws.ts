/** What holds of every release, however many bundles it has and whoever wrote them. Each law is a property test. */
export const LAWS = {
  order: 'Permuting or repeating bundles, findings, overrides and capabilities changes nothing.',
  objection: 'Adding an objection never opens anything, and one that nobody lifts always denies.',
  override: 'Removing an override never opens anything.',
  grant: 'Taking a grant or a capability away never opens anything.',
  version: 'An agent of a version that the release does not list is never allowed, whatever bundles say.',
  approval: 'An approval never lifts an objection.',
  others: 'Adding a server’s, a subagent’s or a team’s bundle never changes another’s answers.',
  presence: 'An empty bundle is no opinion, and a missing one is a denial.',
  affirmation: 'An affirmation changes no outcome, no duty and no row.',
  watched: 'A rule that is only watched changes nothing at all.',
  canary:
    'A rule in mode `canary` counts as one in force for the agents in its canary, and changes nothing for all others.',
  finding: 'A finding that its bundle’s catalogue does not name never allows.',
  duty: 'A duty that is not known never allows.',
  input: 'An input that misses any field, or has null for one, outside the arguments never allows.',
  total: 'Whatever stands anywhere in input, release and findings, the answer is one of the contract’s.',
  list: 'What a list hides is never allowed.',
} as const;
