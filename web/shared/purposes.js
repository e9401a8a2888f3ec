// The purposes of use that a session may declare (HL7 v3 ActReason), in plain words.

import { say } from '/static/shared/words.js';

const PURPOSES = {
  TREAT: { title: say('Treatment'), icon: 'heart', text: say('I take part in this person’s care, or was asked for advice.') },
  ETREAT: { title: say('Emergency treatment'), icon: 'emergency', text: say('Somebody needs care now, and their images may matter.') },
  PATRQT: { title: say('My own images'), icon: 'person', text: say('I am the patient. Images may be marked with my name and the time.') },
  HOPERAT: { title: say('Privacy oversight'), icon: 'scales', text: say('I review who looked at what. No images are shown to me.') },
  HPAYMT: { title: say('Payment'), icon: 'document', text: say('I settle the costs of care.') },
  HRESCH: { title: say('Research'), icon: 'search', text: say('I work on an approved research project.') },
  COVERAGE: { title: say('Coverage'), icon: 'document', text: say('I examine what an insurance covers.') },
};

export function toPurpose(code) {
  return PURPOSES[code] ?? { title: code, icon: 'document', text: '' };
}
