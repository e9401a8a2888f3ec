// The portal: who is here decides which of the rooms opens: patients' studies, one's own studies, oversight, or an institution's archives.
// The rooms of those who are few, or see little else, are fetched when one of them comes, and so is signing in.

import { element, fill } from '/static/shared/elements.js';
import { forgetWhenLeft } from '/static/shared/leaving.js';
import { askJson } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { header } from './header.js';
import { notice } from './notice.js';
import { PatientsRoom } from './patients.js';
import { toOwner } from './place.js';

const LINKS = '#links';
const content = document.getElementById('content');

async function open() {
  fill(content, element('p', { class: 'waiting', role: 'status' }, say('One moment …')));
  try {
    const session = await askJson('/portal/session');
    fill(document.getElementById('header'), ...header(session));
    document.title = `${say('Imaging studies')} · ${session.exchange}`;
    await enter(session);
  } catch (problem) {
    fill(content, notice(problem, open));
  }
}

async function enter(session) {
  if (!session.signed_in) fill(content, (await import('./signin.js')).signIn(session, location.search));
  else if (session.shares && location.hash === LINKS) await (await import('./links/room.js')).linksRoom(content);
  else if (session.roles.includes('privacy-officer')) await (await import('./officer.js')).officerRoom(content);
  else if (session.roles.includes('institution-officer')) await (await import('./archives.js')).archivesRoom(content);
  else if (session.roles.includes('patient')) await (await import('./own.js')).ownRoom(content, toOwner(session));
  else {
    const room = new PatientsRoom(content, toOwner(session));
    if (session.purpose === 'ETREAT') (await import('./emergency.js')).emergencies(room);
  }
}

forgetWhenLeft();
addEventListener('hashchange', ({ oldURL }) => {
  if (location.hash === LINKS) open();
  else if (oldURL.endsWith(LINKS)) location.reload();
});
open();
