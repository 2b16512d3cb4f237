import { readFileSync } from 'node:fs';
import { BuiltinError } from '../../builtin.ts';
import { includedZoneFile } from './included-zones.ts';
import { readZone, Zone } from './zone.ts';

// Zones are found where OPA, a Go program, finds them: in the files of the system, then in a database of its own. Only
// so do both engines tell the same offsets and abbreviations, which ICU has another edition of (or does not have).

/** Where systems keep time zone files, in the order in which Go looks. */
const FOLDERS = ['/usr/share/zoneinfo/', '/usr/share/lib/zoneinfo/', '/usr/lib/locale/TZ/', '/etc/zoneinfo/'];

/** What Go says of a file that it cannot read; any other reason stops the evaluation. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'file name too long',
  ELOOP: 'too many levels of symbolic links',
};

/** The database has 598 names. Other names that Go knows as well (`Europe//Berlin`) push the oldest out. */
const ZONES_MAX = 1_024;

const zones = new Map<string, Zone>();

/**
 * The zone of an IANA name; '' and `UTC` are UTC, `Local` is the zone of this process.
 * @throws {BuiltinError} with the text of Go's `time.LoadLocation`.
 */
export function zoneOf(name: string): Zone {
  if (name === '' || name === 'UTC') return Zone.utc;
  if (name === 'Local') return localZone();
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = loadZone(name);
  if (zones.size >= ZONES_MAX) zones.delete(zones.keys().next().value as string);
  zones.set(name, zone);
  return zone;
}

/** The zone that this process runs in (environment variable TZ or the setting of the system), UTC if unknown. */
export function localZone(): Zone {
  local ??= findLocalZone();
  return local;
}

let local: Zone | undefined;

function findLocalZone(): Zone {
  try {
    return loadZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
  } catch (error) {
    if (error instanceof BuiltinError) return Zone.utc;
    throw error;
  }
}

function loadZone(name: string): Zone {
  if (name.includes('..') || name.startsWith('/') || name.startsWith('\\'))
    throw new BuiltinError('time: invalid location name');
  let firstError: string | undefined;
  for (const folder of FOLDERS) {
    const found = zoneOfFile(`${folder}${name}`);
    if (found instanceof Zone) return found;
    firstError ??= found;
  }
  const file = includedZoneFile(name);
  const zone = file && readZone(file);
  if (zone !== undefined) return zone;
  throw new BuiltinError(firstError ?? `unknown time zone ${name}`);
}

/** The zone of a file, or what Go says of it, or undefined when there is no such file. */
function zoneOfFile(path: string): Zone | string | undefined {
  if (path.includes('\0')) return 'invalid argument';
  try {
    return readZone(readFileSync(path)) ?? 'malformed time zone information';
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (Object.hasOwn(SYSTEM_ERRORS, code)) return SYSTEM_ERRORS[code];
    throw error;
  }
}
