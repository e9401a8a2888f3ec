// Opening a share link: an address, a code that is sent there, and then the study. Until somebody acts, nothing is asked,
// so that whoever fetches the page ahead changes nothing. The token behind `#` goes out in bodies alone.

import { toMinuteText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { languageButton } from '/static/shared/language.js';
import { askJson, toWords } from '/static/shared/problems.js';
import { say, sayParts } from '/static/shared/words.js';

const content = document.getElementById('content');
const language = languageButton();
const token = location.hash.slice(1);
const post = (url, body) => askJson(url, { method: 'POST', body: JSON.stringify(body), more: { 'Content-Type': 'application/json' } });

function begin() {
  if (!token) {
    fill(content, refusal(say('The link is not whole'), say('Copy all of it, from whoever gave it to you, into the address bar.')));
    return;
  }
  const address = element('input', { id: 'address', required: true, autocomplete: 'email', spellcheck: 'false', maxlength: 254, 'aria-describedby': 'address-hint' });
  const send = (said) => post('/shared/code', { token, recipient: address.value.trim() }).then((sent) => enter(address.value.trim(), sent), said);
  fill(content, step(say('Send me a code'), send,
    element('p', {}, say('A one-time code shows that the link was meant for you. It is sent to the address that whoever shared the study has named.')),
    element('label', { for: 'address' }, say('Your e-mail address or telephone number')), address,
    element('p', { class: 'small', id: 'address-hint' }, say('A telephone number begins with + and the country.'))));
  address.focus();
}

function enter(recipient, { minutes, code }) {
  const typed = element('input', { id: 'code', required: true, autocomplete: 'one-time-code', inputmode: 'numeric', maxlength: 20, pattern: '[0-9 ]+', title: say('The digits of the code') });
  const open = (said) => post('/shared/open', { token, code: typed.value }).then(welcome, said);
  fill(content, step(say('Open the study'), open,
    element('p', { role: 'status' }, sayParts('If the link is good and meant for {recipient}, a code is on its way there. It is good for {minutes} minutes.', { recipient: element('bdi', {}, recipient), minutes })),
    code && element('p', { class: 'demo' }, sayParts('This is a demo: the code is {code}', { code: element('strong', { id: 'shown' }, element('bdi', {}, `${code.slice(0, 4)} ${code.slice(4)}`)) })),
    element('label', { for: 'code' }, say('Code')), typed),
  element('p', {}, element('button', { class: 'button', type: 'button', onclick: begin }, say('Ask for another code'))));
  typed.focus();
}

/** The link is open now, and its code is spent: another language is chosen beside the images. */
function welcome({ place, by, message, until }) {
  language.remove();
  fill(content, element('p', { role: 'status' }, sayParts('{person} shares a study with you.', { person: element('bdi', {}, by) })),
    message && element('blockquote', {}, element('bdi', {}, message)),
    element('p', { class: 'small' }, say('The link is good until {moment}. What you open is on record, and carries a mark.', { moment: toMinuteText(until) })),
    element('p', {}, element('a', { class: 'button primary', href: place }, say('See the images'))));
  content.querySelector('a').focus();
}

/** A form of one step: `act` is called with what takes a problem. */
function step(words, act, ...parts) {
  const said = element('div', { 'aria-live': 'polite' });
  const button = element('button', { class: 'button primary' }, words);
  const tell = (problem) => {
    const { title, text } = toWords(problem);
    const refused = problem.status === 403 || problem.status === 400;
    fill(said, refusal(refused ? say('This does not open') : title, text));
  };
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    await act(tell);
    button.disabled = false;
  };
  return element('form', { onsubmit: submit }, ...parts, said, element('p', {}, button));
}

function refusal(title, text) {
  return element('div', { class: 'refusal', role: 'alert' }, icon('warning'), element('div', {}, element('p', { class: 'title' }, title), element('p', {}, text)));
}

document.querySelector('main').prepend(language);
begin();
