// The button by which the study that is open in the viewer is shared.

import { element } from '/static/shared/elements.js';
import { say } from '/static/shared/words.js';
import { dressed, making } from './making.js';

/** Puts the button into the bar of `viewer`, in whose box a series of the study is shown. */
export function offer(viewer) {
  dressed();
  const button = element('button', { class: 'leave', type: 'button', id: 'share', onclick: () => making(viewer.box) }, element('span', {}, say('Share')));
  if (!document.getElementById('share')) document.getElementById('session').before(button);
}
