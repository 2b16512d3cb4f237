import { describe, expect, test } from 'vitest';
import { code, codeBlock, plain, tableOf } from './markdown.ts';

describe('text in Markdown', () => {
  test.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert\\(1\\)&lt;/script&gt;'],
    ['[here](javascript:x)', '\\[here\\]\\(javascript:x\\)'],
    ['![x](https://a.b/c)', '\\!\\[x\\]\\(https\\://a.b/c\\)'],
    ['**bold** _x_ ~~y~~ `z`', '\\*\\*bold\\*\\* \\_x\\_ \\~\\~y\\~\\~ \\`z\\`'],
    ['a | b', 'a \\| b'],
    ['# title', '\\# title'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['1.4.7', '1.4.7'],
    ['> quote', '&gt; quote'],
    ['&copy; \\| www.a.b @org/team', '&amp;copy; \\\\\\| www\\.a.b \\@org/team'],
    ['one\n\n# two', 'one \\# two'],
    ['--> <!--', '\\--&gt; &lt;\\!--'],
    ['\u202eevil\u200b', '\\\\u\\{202e\\}evil\\\\u\\{200b\\}'],
    ['An everyday sentence, with 3 numbers: fine.', 'An everyday sentence, with 3 numbers: fine.'],
  ])('is shown as it is: %j', (text, markdown) => {
    expect(plain(text)).toBe(markdown);
  });

  test('as code is fenced by more ticks than it holds', () => {
    expect(code('a`b')).toBe('``a`b``');
    expect(code('`')).toBe('`` ` ``');
    expect(code('a\n| b')).toBe('`a | b`');
    expect(code(' ')).toBe('–');
  });

  test('keeps the cells of a table what they are', () => {
    expect(tableOf(['a', 'b'], [[code('x|y'), plain('x|y')]])).toBe(
      '| a | b |\n|---|---|\n| `x\\|y` | x\\|y |',
    );
    expect(code('x\\|y')).toBe('x\\\\\\|y');
  });

  test('in a block does not end it', () => {
    expect(codeBlock('diff', '+ ````\n- a')).toBe('`````diff\n+ ````\n- a\n`````');
  });
});
