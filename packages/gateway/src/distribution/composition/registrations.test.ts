import { BundleRegistration, TrustedKey } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { registeredBundle, registeredKey } from './registrations.ts';

const bundle = (said: object) => registeredBundle(BundleRegistration.parse(said));

test('a registration tells where its bundle comes from and who answers for it', () => {
  const said = { owners: ['ada', 'ben'], signing_keys: ['k1', 'k2'], approvals: 1 };
  const source = { kind: 'oci', reference: 'ghcr.io/org/policy:live' };
  expect(bundle({ ...said, source }).what).toBe(
    'oci ghcr.io/org/policy:live; owners ada, ben; signed with k1 or k2; 1 approval',
  );
  expect(bundle({ path: 'compliance' }).what).toBe('folder compliance');
});

test('nothing is told as checked that nobody checks', () => {
  expect(bundle({ path: 'compliance', approvals: 2 }).what).toBe(
    'folder compliance; 2 approvals asked of its repository',
  );
  const source = { kind: 'directory', path: 'there', local_development: true };
  expect(bundle({ source, signing_keys: ['k1'] }).what).toMatch(/; taken unsigned$/);
  const signed = BundleRegistration.safeParse({ path: 'compliance', signing_keys: ['k1'] });
  expect(signed.error?.issues).toMatchObject([
    { path: ['signing_keys'], message: expect.stringContaining('{ kind: directory, path: … }') },
  ]);
});

test.each([
  [{ kind: 'http', url: 'https://ada:hush@policy.example/b.tar.gz?key=hush' }],
  [{ kind: 'git', repository: 'https://x:hush@git.example/p.git?key=hush' }],
  [{ kind: 'server_json', url: 'https://ada:hush@mcp.example/s.json?key=hush', registry: 'ghcr.io' }],
])('what may be secret in the address of a source is not told, and yet makes it another: %j', (source) => {
  const other = JSON.parse(JSON.stringify(source).replaceAll('hush', 'another')) as object;
  const [one, two] = [bundle({ source }), bundle({ source: other })];
  expect(JSON.stringify(one)).not.toContain('hush');
  expect(one.what).toBe(two.what);
  expect(one.digest).not.toBe(two.digest);
});

test('whatever is said of a bundle or a key makes it another, and so does the key itself; the order of members does not', () => {
  const registrations = [
    { path: 'a' },
    { path: 'a', required: false },
    { path: 'a', may_read: ['policy.resource'] },
    { path: 'a', overrides_max: 3 },
    { path: 'a', approvals: 1 },
  ].map((said) => bundle(said).digest);
  expect(new Set(registrations).size).toBe(registrations.length);
  expect(bundle({ approvals: 1, path: 'a' }).digest).toBe(registrations[4]);
  const key = TrustedKey.parse({ file: 'a.pem', person: 'ada' });
  expect(registeredKey(key, 'one').digest).not.toBe(registeredKey(key, 'two').digest);
  expect(registeredKey({ ...key, person: 'ben' }, 'one').digest).not.toBe(registeredKey(key, 'one').digest);
});
