// What the keys do in a history.

import { Help, toLines } from '/static/shared/help.js';
import { say } from '/static/shared/words.js';
import { KEYS } from './keys.js';

let help = null;

export function openHelp() {
  help ??= new Help(say('Keys'), toLines(KEYS));
  help.open();
}
