// Tables of keys: each is obeyed, and shown by the help.
// A line has the keys, how they are `shown` and what they do in words, and what is run. Keys of one character can be
// switched off (WCAG 2.1.4).

/** The line of `table` for a key event; null when there is none. */
export function findLine(table, event, single = true) {
  const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
  if (altKey || metaKey) return null;
  const named = key.length > 1;
  if (!named && (ctrlKey || (!single && key !== ' '))) return null;
  const combined = `${ctrlKey ? 'Control+' : ''}${shiftKey && named ? 'Shift+' : ''}${named ? key : key.toLowerCase()}`;
  return table.find(({ keys }) => keys.includes(combined)) ?? null;
}

const SETTING = 'single-keys';

/** Whether keys of one character work, as the person has set it in the help. */
export function singleKeysWork() {
  return localStorage.getItem(SETTING) !== 'off';
}

export function letSingleKeysWork(work) {
  localStorage.setItem(SETTING, work ? 'on' : 'off');
}

/** Obey `table` everywhere on the page but where a control needs the key itself. */
export function listen(table, actions) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]') || belongsTo(event)) return;
    const line = findLine(table, event, singleKeysWork());
    if (!line) return;
    event.preventDefault();
    line.run(actions, event.key);
  });
}

function belongsTo({ target, key }) {
  if (target.matches('select, input:not([type=range], [type=checkbox])')) return true;
  return key === ' ' && target.matches('button, a, summary, input[type=checkbox]');
}
