// The words of rules and decisions as officers say them.

import { toPurpose } from '/static/shared/purposes.js';

const CAPABILITIES = {
  knowExists: 'know that a study exists',
  view: 'view images',
  viewLossless: 'receive the stored values',
  viewFullSize: 'view images in full size',
  viewIdentified: 'see whose study it is',
  viewUnmarked: 'view images without a watermark',
  viewWithoutNotice: 'view images without a notice',
  share: 'share a study',
  keep: 'print or save a picture',
  breakGlass: 'declare an emergency',
};

const VALUES = {
  relationship: { none: 'none', encounter: 'a visit', referral: 'a referral', appointment: 'an appointment', registered: 'a registered relationship' },
  network: { clinical: 'the clinical network', internet: 'the internet' },
  consent: { optin: 'opted in', optout: 'opted out', unknown: 'never chose' },
  directive: { none: 'there is none', permits: 'permits', denies: 'denies', 'always-denies': 'denies, in emergencies too', unreadable: 'not understood', unanswered: 'nobody answers' },
  state: { final: 'finished', prelim: 'not read yet', quarantined: 'being corrected' },
  confidentiality: { U: 'unrestricted', L: 'low', M: 'moderate', N: 'normal', R: 'restricted', V: 'very restricted' },
  labels: {
    BH: 'behavioural health', CEL: 'celebrity', DIA: 'diagnosis', EMP: 'employee', ETH: 'substance abuse', ETHUD: 'alcohol use disorder',
    GDIS: 'genetic disease', HIV: 'HIV', MH: 'mental health', OPIOIDUD: 'opioid use disorder', PDS: 'patient’s own wish', PREGNANT: 'pregnancy',
    PSY: 'psychiatry', SCA: 'sickle cell anaemia', SDV: 'domestic violence', SEX: 'sexual health', STD: 'sexually transmitted disease', SUD: 'substance use disorder',
  },
};

const COMPARISONS = {
  is: 'is', 'is-not': 'is not', 'has-any': 'include any of', 'has-none': 'include none of',
  yes: 'is so', no: 'is not so', 'at-least': 'is at least', below: 'is below',
};

export function toCapability(name) {
  return CAPABILITIES[name] ?? name;
}

/** What a decision sets, as `@obligation` has it. */
export function toParameter(name, value) {
  const told = { maximum_side: `Images are at most ${value} pixels long.`, lossy_only: 'Only lossy images leave.' };
  return told[name] ?? `${name}: ${value}`;
}

/** A value of a fact; `psychiatry (PSY)` where the code is what others see. */
export function toValue(fact, value) {
  if (fact === 'purpose') return toPurpose(value).title.toLowerCase();
  const told = VALUES[fact]?.[value];
  if (!told) return value;
  return ['labels', 'confidentiality'].includes(fact) && told !== value ? `${told} (${value})` : told;
}

export function toComparison(how) {
  return COMPARISONS[how] ?? how;
}

/** `emergency-clinician` → `emergency clinician` */
export function toRole(name) {
  return name.replaceAll('-', ' ');
}

/** Who made a rule: `hie`, or `institution:` and an id. `institutions` are `{id, name}`. */
export function toOwnerName(owner, institutions) {
  const [kind, id] = owner.split(':');
  return kind === 'institution' ? (institutions.find((one) => one.id === id)?.name ?? id) : 'The exchange';
}

export function listed(names, joint = 'and') {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${joint} ${names.at(-1)}`;
}

/** `demo:privacy-officer` → `privacy-officer`: the issuer is the same for all mostly. */
export function toPerson(subject) {
  return subject.split(':').slice(1).join(':') || subject;
}
