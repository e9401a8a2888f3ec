// Events of the audit log in the words of a privacy officer.

import { say } from '/static/shared/words.js';

export const KINDS = {
  'login': say('Signed in'),
  'login-failed': say('Sign-in failed'),
  'logout': say('Signed out'),
  'search': say('Searched for studies'),
  'previewed': say('Saw a thumbnail of a study'),
  'view-opened': say('Opened a study'),
  'view-progress': say('Looked at frames of a study'),
  'view-closed': say('A look at a study ended'),
  'view-refused': say('Was refused a study'),
  'picture-kept': say('Printed or saved a picture'),
  'turned-away': say('Was turned away, and not by a rule'),
  'evaluated': say('Asked what could be opened'),
  'archive-mismatch': say('An archive answered with something else'),
  'care-event': say('A care event was told'),
  'notified': say('A receiver was told that a search is done'),
  'egress-refused': say('An archive would have led elsewhere'),
  'archive-changed': say('An archive is not what it was'),
  'identity-mismatch': say('An archive differs from the patient index about a patient'),
  'identity-contradicted': say('Sources of patient identifiers contradict each other'),
  'copying-suspected': say('Took more in full fidelity than viewing needs'),
  'anomaly-reviewed': say('An anomaly was reviewed'),
  'emergency-declared': say('Declared an emergency'),
  'emergency-ended': say('An emergency ended'),
  'emergency-reviewed': say('Reviewed an emergency'),
  'emergency-overdue': say('The review of an emergency is overdue'),
  launched: say('Opened something from another system'),
  'link-made': say('Shared a study by a link'),
  'link-opened': say('Opened a share link'),
  'link-refused': say('Was refused a share link'),
  'link-revoked': say('Ended a share link'),
  'policy-loaded': say('Policy was loaded'),
  'policy-proposed': say('Policy change was proposed'),
  'policy-approved': say('Policy change was approved'),
  'policy-withdrawn': say('Policy change was withdrawn'),
  'policy-rolled-back': say('Policy was rolled back'),
  'audit-read': say('Read the audit log'),
  'audit-recovered': say('The audit log works again'),
  'repository-behind': say('An audit repository does not take events, or does so again'),
  'repository-refused': say('An audit repository refused an event for good'),
  'audit-filling': say('The audit log’s disk is filling up'),
  checkpoint: say('The audit log was signed'),
  'checkpoint-refused': say('A witness contradicts an audit log'),
  'segment-closed': say('A month of the audit log was closed'),
  'segment-retired': say('An old month of the audit log was removed'),
  'clock-jumped': say('The clock was changed'),
  'started': say('The service started'),
  'stopped': say('The service stopped'),
};

/** What an event says, and its tone: `seen`, `refused`, `failed` or `plain`. */
export function toEventWords({ kind, outcome }) {
  return { text: KINDS[kind] ?? kind, tone: toTone(kind, outcome) };
}

function toTone(kind, outcome) {
  if (outcome === 'refused') return 'refused';
  if (outcome === 'failed') return 'failed';
  return kind === 'view-opened' || kind === 'previewed' ? 'seen' : 'plain';
}
