// Go maps each code point to one other by Unicode 15.0's simple case mapping. JavaScript's toLowerCase and toUpperCase
// know special cases (U+0130, final sigma, sharp s) and follow the Unicode version of the runtime.

/**
 * Code points past ASCII whose lower case is another one, as runs in base 36: distance from the end of the run before,
 * `.count` more that follow each other or `:count` more that are every second one, and what to add.
 */
const LOWER =
  '5c.m+w 2.6+w y:n+1 2-5j 2:2+1 3:7+1 3:m+1 2-3d 1:2+1 4+5u 1:1+1 2+5q 1+1 2.1+5p 1+1 3+27 1+5m 1+5n ' +
  '1+1 2+5p 1+5r 2+5v 1+5t 1+1 4+5v 1+5x 2+5y 1:2+1 2+62 1+1 2+62 3+1 2+62 1+1 2.1+61 1:1+1 2+63 1+1 ' +
  '4+1 8+2 1+1 2+2 1+1 2+2 1:8+1 3:8+1 3+2 1:1+1 2-2p 1-1k 1:j+1 2-3m 2:8+1 8+8bv 1+1 2-4j 1+8bs 3+1 ' +
  '2-5f 1+1x 1+1z 1:4+1 82:1+1 4+1 9+38 7+12 2.2+11 2+1s 2.1+1r 2.g+w 2.8+w 10+8 9:b+1 6-1o 3+1 2-7 1+1 ' +
  '3.2-3m 1.f+28 1.v+w 1d:g+1 a:q+1 2+f 1:6+1 3:1b+1 3.11+1c 28a.11+5ls 2+5ls 6+5ls k3.27+tzk 1.5+8 ' +
  '1p7.16-2bk 3.2-2bk 8x:22+1 a-5vj 2:1b+1 a.7-8 9.5-8 b.7-8 9.7-8 9.5-8 c:3-8 9.7-8 p.7-8 9.7-8 9.7-8 ' +
  '9.1-8 1.1-22 1-9 c.3-2e 1-9 c.1-8 1.1-2s d.1-8 1.1-34 1-7 c.1-3k 1.1-3i 1-9 8a-5st 4-6gv 1-6di 7+s ' +
  '1a.f+g k+1 mr.p+q 1f5.1b+1c 1d+1 2-8af 1-2xy 1-89z 3:2+1 2-8bg 1-8al 1-8bj 1-8bi 2+1 3+1 9.1-8cf ' +
  '1:1d+1 9:1+1 5+1 nym:m+1 k:d+1 3s:6+1 4:u+1 b:1+1 2-r9g 1:4+1 5+1 2-wmg 3:1+1 4:9+1 2-wn8 1-wnj ' +
  '1-wnf 1-wn5 1-wn8 2-wlu 1-wmi 1-wlx 1+ps 1:7+1 2-1c 1-wn7 1-raw 1:1+1 7+1 6:1+1 t+1 h7w.p+w xy.13+14 ' +
  '3t.z+14 4d.a+13 2.e+13 2.6+13 2.1+13 1d7.1e+1s 2cu.v+w gw1.v+w o81.x+y';

/** The same for upper case. */
const UPPER =
  '51+kn 17.m-w 2.6-w 1+3d 2:n-1 2-6g 2:2-1 3:7-1 3:m-1 3:2-1 1-8c 1+5f 3:1-1 3-1 4-1 6-1 3+2p 4-1 1+4j ' +
  '4+3m 3:2-1 3-1 5-1 3-1 4:1-1 3-1 4-1 2+1k 6-1 1-2 2-1 1-2 2-1 1-2 2:7-1 1-27 2:8-1 3-1 1-2 2-1 4:j-1 ' +
  '4:8-1 9-1 3.1+8cf 2-1 5:4-1 1+8bj 1+8bg 1+8bi 1-5u 1-5q 2.1-5p 2-5m 2-5n 1+wnj 4-5p 1+wnf 2-5r 2+wmg ' +
  '1+wn8 2-5t 1-5v 1+wn8 1+8af 1+wn5 3-5v 2+8al 1-5x 3-5y 8+89z 3-62 2+wn7 1-62 4+wmi 1-62 1-1x 1.1-61 ' +
  '1-1z 6-63 b+wlx 1+wlu 4n+2c 18:1-1 4-1 4.2+3m 1b-12 1.2-11 2.g-w 1-v 1.8-w 1-1s 1.1-1r 2-1q 1-1l ' +
  '4-1b 1-1i 1-8 2:b-1 1-2e 1-28 1+7 1-38 2-2o 3-1 3-1 1h.v-w 1.f-28 2:g-1 a:q-1 3:6-1 1-f 2:1b-1 ' +
  '1e.11-1c 28a.16+2bk 3.2+2bk l5.5-8 1oj-4tq 1-4tp 1-4tg 1.1-4te 1-4tf 1-4t8 1-4rp 1+r7m 6p+r9g 4+2xy ' +
  'h+raw 37:22-1 6-1n 6:1b-1 1.7+8 9.5+8 b.7+8 9.7+8 9.5+8 c:3+8 9.7+8 9.1+22 1.3+2e 1.1+2s 1.1+3k ' +
  '1.1+34 1.1+3i 3.7+8 9.7+8 9.7+8 9.1+8 2+9 b-5k5 5+9 d.1+8 f.1+8 4+7 e+9 9n-s y.f-g 5-1 ng.p-q ' +
  '1fr.1b-1c 2-1 4-8bv 1-8bs 2:2-1 7-1 3-1 b:1d-1 9:1-1 5-1 d.11-5ls 2-5ls 6-5ls nx0:m-1 k:d-1 3s:6-1 ' +
  '4:u-1 b:1-1 3:4-1 5-1 5:1-1 1+1c 3:9-1 c:7-1 5:1-1 7-1 6:1-1 t-1 nx-ps t.27-tzk ghu.p-w y6.13-14 ' +
  '3t.z-14 4c.a-13 2.e-13 2.6-13 2.1-13 1dw.1e-1s 2by.v-w gw1.v-w o83.x-y';

const ASCII_ONLY = /^[\0-\x7f]*$/;

let lowerCases: ReadonlyMap<number, number> | undefined;
let upperCases: ReadonlyMap<number, number> | undefined;

/** As Go's `strings.ToLower`. */
export function toLower(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toLowerCase();
  lowerCases ??= casesOf(LOWER);
  return mapped(text, lowerCases, (ascii) => ascii.toLowerCase());
}

/** As Go's `strings.ToUpper`. */
export function toUpper(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toUpperCase();
  upperCases ??= casesOf(UPPER);
  return mapped(text, upperCases, (ascii) => ascii.toUpperCase());
}

function mapped(
  text: string,
  cases: ReadonlyMap<number, number>,
  ofAscii: (ascii: string) => string,
): string {
  let result = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    if (codePoint < 0x80) {
      result += ofAscii(character);
    } else {
      const other = cases.get(codePoint);
      result += other === undefined ? character : String.fromCodePoint(other);
    }
  }
  return result;
}

function casesOf(runs: string): ReadonlyMap<number, number> {
  const cases = new Map<number, number>();
  let end = 0;
  for (const [, distance, kind, count, difference] of runs.matchAll(RUN)) {
    const step = kind === ':' ? 2 : 1;
    const start = end + Number.parseInt(distance as string, 36);
    end = start + step * Number.parseInt(count ?? '0', 36);
    for (let codePoint = start; codePoint <= end; codePoint += step) {
      cases.set(codePoint, codePoint + Number.parseInt(difference as string, 36));
    }
  }
  return cases;
}

const RUN = /([\da-z]+)(?:([.:])([\da-z]+))?([+-][\da-z]+)/g;
