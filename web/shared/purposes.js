// The purposes of use that a session may declare (HL7 v3 ActReason), in plain words.

const PURPOSES = {
  TREAT: { title: 'Treatment', icon: 'heart', text: 'I take part in this person’s care, or was asked for advice.' },
  ETREAT: { title: 'Emergency treatment', icon: 'emergency', text: 'Somebody needs care now, and their images may matter.' },
  PATRQT: { title: 'My own images', icon: 'person', text: 'I am the patient. Images may be marked with my name and the time.' },
  HOPERAT: { title: 'Privacy oversight', icon: 'scales', text: 'I review who looked at what. No images are shown to me.' },
  HPAYMT: { title: 'Payment', icon: 'document', text: 'I settle the costs of care.' },
  HRESCH: { title: 'Research', icon: 'search', text: 'I work on an approved research project.' },
  COVERAGE: { title: 'Coverage', icon: 'document', text: 'I examine what an insurance covers.' },
};

export function toPurpose(code) {
  return PURPOSES[code] ?? { title: code, icon: 'document', text: '' };
}
