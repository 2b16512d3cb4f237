/** Longest source file in lines. A limit hit is a question about design. */
export const FILE_LINES_MAX = 400;
/** Most source files in one folder, tests apart. */
export const FOLDER_FILES_MAX = 12;

const BANNED_NAMES = /(^|[/._-])(core|common|utils?|helpers?|misc|shared|manager|stuff)([/._-]|$)/;
const UNFINISHED =
  /\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented|\bfor now\b|in a real (system|deployment)|\bphase [0-9]\b|\bissue #?[0-9]+\b/i;
const MACHINE_PATHS = /\/(?:root|work|home\/[a-z]+)\/(?!\.\.)/;

export interface TidyFile {
  readonly path: string;
  readonly text: string;
}

/** What keeps a file from being tidy, as `path: what`. */
export function untidiness({ path, text }: TidyFile): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  if (lines.length > FILE_LINES_MAX) found.push(`${lines.length} lines, ${FILE_LINES_MAX} at most`);
  if (BANNED_NAMES.test(path)) found.push('a name that says nothing');
  lines.forEach((line, index) => {
    if (UNFINISHED.test(line)) found.push(`row ${index + 1}: sounds unfinished or tells history`);
    if (MACHINE_PATHS.test(line)) found.push(`row ${index + 1}: a path of one machine`);
    if (/biome-ignore(?!.*: \S)/.test(line)) found.push(`row ${index + 1}: an exception without its reason`);
  });
  return found.map((what) => `${path}: ${what}`);
}

/** Folders with more files than a reader takes in, as `folder: count`. */
export function crowdedFolders(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > FOLDER_FILES_MAX)
    .map(([folder, count]) => `${folder}: ${count} files`);
}
