/** Hours past which a signed number is no offset. */
const OFFSET_HOURS_MAX = 23;

/** The length of the abbreviation of a zone at the start of a value, as Go guesses it; 0 for none. */
export function zoneNameLength(value: string): number {
  if (value.length < 3) return 0;
  if (value.startsWith('ChST') || value.startsWith('MeST')) return 4;
  if (value.startsWith('GMT')) return 3 + signedOffsetLength(value.slice(3));
  if (/^[-+]/.test(value)) return signedOffsetLength(value);
  const [letters = ''] = /^[A-Z]{0,6}/.exec(value) ?? [];
  switch (letters.length) {
    case 5:
      return letters.endsWith('T') ? 5 : 0;
    case 4:
      return letters.endsWith('T') || letters === 'WITA' ? 4 : 0;
    case 3:
      return 3;
    default:
      return 0;
  }
}

function signedOffsetLength(value: string): number {
  const [text = '', digits = ''] = /^[-+](\d+)/.exec(value) ?? [];
  return digits === '' || Number(digits) > OFFSET_HOURS_MAX ? 0 : text.length;
}
