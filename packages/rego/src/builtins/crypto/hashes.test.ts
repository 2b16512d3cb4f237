import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { cryptoBuiltins } from './hashes.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['hashes the bytes of a text with MD5', 'crypto.md5', '["é😀"]', '"62b3afe3b01f6f80152b567d9b216cde"'],
  ['hashes with SHA-1', 'crypto.sha1', '["lorem"]', '"b58e92fff5246645f772bfe7a60272f356c0151a"'],
  [
    'hashes with SHA-256',
    'crypto.sha256',
    '[""]',
    '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
  ],
  ['makes a code with MD5', 'crypto.hmac.md5', '["message", "kéy"]', '"78a45ff806ca651cb9977d85831b495e"'],
  [
    'makes a code with SHA-1',
    'crypto.hmac.sha1',
    '["message", ""]',
    '"d5d1ed05121417247616cfc8378f360a39da7cfa"',
  ],
  [
    'makes a code with SHA-256',
    'crypto.hmac.sha256',
    '["message", "key"]',
    '"6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a"',
  ],
  [
    'makes a code with SHA-512',
    'crypto.hmac.sha512',
    '["message", "key"]',
    '"e477384d7ca229dd1426e64b63ebf2d36ebd6d7e669a6735424e72ea6c01d3f8b56eb39c36d8232f5427999b8d1a3f9cd1128fc69f4d75b434216810fa367e98"',
  ],
  ['tells equal codes', 'crypto.hmac.equal', '["é", "é"]', 'true'],
  ['tells codes of other lengths apart', 'crypto.hmac.equal', '["a", "ab"]', 'false'],
  [
    'refuses a message that is no string',
    'crypto.hmac.sha256',
    '[1, 2]',
    'crypto.hmac.sha256: operand 1 must be string but got number',
  ],
  [
    'refuses a key that is no string',
    'crypto.hmac.sha256',
    '["", 2]',
    'crypto.hmac.sha256: operand 2 must be string but got number',
  ],
];

testAnswers('crypto.* as OPA', cryptoBuiltins, ANSWERS);
