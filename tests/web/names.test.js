import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toNameText } from '/static/shared/names.js';

// the names are those of PS3.5 Annexes H and I
const NAMES = [
  ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada, Tarou (山田 太郎)'],
  ['Hong^Gildong=洪^吉洞=홍^길동', 'Hong, Gildong (洪 吉洞)'],
  ['Buc^Jérôme', 'Buc, Jérôme'],
  ['قباني^لنزار', 'قباني, لنزار'],
  ['Люкceмбypг', 'Люкceмбypг'],
  ['Morrison-Jones^Susan^^^Ph.D.', 'Morrison-Jones, Susan, Ph.D.'],
  ['Adams^John Robert Quincy^^Rev.^B.A. M.Div.', 'Adams, John Robert Quincy, Rev., B.A. M.Div.'],
  ['=山田^太郎', '山田 太郎'],
  ['', ''],
  [undefined, ''],
];

for (const [value, text] of NAMES) {
  test(`a name is written as people write it: ${text || 'nothing'}`, () => assert.equal(toNameText(value), text));
}

test('the DICOM JSON form reads like the text form', () => {
  assert.equal(toNameText({ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }), 'Yamada, Tarou (山田 太郎)');
});

test('markup in a name is text like any other', () => {
  assert.equal(toNameText({ Alphabetic: '<img src=x onerror=alert(1)>^A' }), '<img src=x onerror=alert(1)>, A');
});
