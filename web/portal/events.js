// Events of the audit log in the words of a privacy officer.

export const KINDS = {
  'login': 'Signed in',
  'login-failed': 'Sign-in failed',
  'logout': 'Signed out',
  'search': 'Searched for studies',
  'previewed': 'Saw a thumbnail of a study',
  'view-opened': 'Opened a study',
  'view-progress': 'Looked at frames of a study',
  'view-closed': 'A look at a study ended',
  'view-refused': 'Was refused a study',
  'turned-away': 'Was turned away, and not by a rule',
  'evaluated': 'Asked what could be opened',
  'archive-mismatch': 'An archive answered with something else',
  'care-event': 'A care event was told',
  'notified': 'A receiver was told that a search is done',
  'egress-refused': 'An archive would have led elsewhere',
  'archive-changed': 'An archive is not what it was',
  'identity-mismatch': 'An archive differs from the patient index about a patient',
  'identity-contradicted': 'Sources of patient identifiers contradict each other',
  'copying-suspected': 'Took more in full fidelity than viewing needs',
  'anomaly-reviewed': 'An anomaly was reviewed',
  'emergency-declared': 'Declared an emergency',
  'emergency-ended': 'An emergency ended',
  'emergency-reviewed': 'Reviewed an emergency',
  'emergency-overdue': 'The review of an emergency is overdue',
  launched: 'Opened something from another system',
  'link-made': 'Shared a study by a link',
  'link-opened': 'Opened a share link',
  'link-refused': 'Was refused a share link',
  'link-revoked': 'Ended a share link',
  'policy-loaded': 'Policy was loaded',
  'policy-proposed': 'Policy change was proposed',
  'policy-approved': 'Policy change was approved',
  'policy-withdrawn': 'Policy change was withdrawn',
  'policy-rolled-back': 'Policy was rolled back',
  'audit-read': 'Read the audit log',
  'audit-recovered': 'The audit log works again',
  'repository-behind': 'An audit repository does not take events, or does so again',
  'repository-refused': 'An audit repository refused an event for good',
  'audit-filling': 'The audit log’s disk is filling up',
  checkpoint: 'The audit log was signed',
  'checkpoint-refused': 'A witness contradicts an audit log',
  'segment-closed': 'A month of the audit log was closed',
  'segment-retired': 'An old month of the audit log was removed',
  'clock-jumped': 'The clock was changed',
  'started': 'The service started',
  'stopped': 'The service stopped',
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
