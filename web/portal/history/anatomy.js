// Which part of the body a study is of: as the archive says, or else as its description does in words of some languages.

import { say } from '/static/shared/words.js';
import { fold } from './words.js';

const WHOLE = say('Whole body');
const REGIONS = [
  [say('Head'), /\bhead|brain|crani|skull|cerebr|orbit|sinus|facial|\bface|dental|\bjaw|schadel|kopf|hirn|\btete|cabeza/],
  [say('Neck'), /\bneck|\bhals|thyroid|schilddruse|carotid|larynx|pharynx|cuello/],
  [say('Spine'), /spin(e|al)\b|vertebra|lumbar|cervical|sacrum|wirbel|\b[hbl]ws\b|rachis|columna/],
  [say('Chest'), /chest|thora|\blung|pulmon|\bribs?\b|sternum|mediast|poumon|pecho/],
  [say('Breast'), /breast|mamm|brustdruse|\bsein\b/],
  [say('Heart'), /heart|cardi|coronar|herz|koronar|coeur|corazon/],
  [say('Abdomen'), /abdom|liver|hepat|kidney|renal|spleen|pancrea|gallbladder|biliar|bowel|colon|stomach|bauch|\bdarm|leber|niere|\bfoie/],
  [say('Pelvis'), /pelvi|prostat|uter(us|ine)|ovar|(?<!gall)bladder|\bhips?\b|becken|hufte|bassin|hanche|cadera/],
  [say('Arm'), /\barms?\b|forearm|shoulder|clavic|humer|elbow|wrist|\bhands?\b|finger|upper extremit|schulter|ellenbogen|handgelenk|epaule|poignet|hombro/],
  [say('Leg'), /\blegs?\b|knee|thigh|femur|tibia|fibula|ankle|foot|feet|\btoes?\b|lower extremit|\bknie|\bfuss|sprunggelenk|genou|cheville|rodilla|tobillo/],
  [WHOLE, /whole.?body|total body|skelet|bone scan|ganzkorper|corps entier|cuerpo entero/],
];

/** The regions of a study, none where nothing says which. `told` are the archive's own words for them. */
export function toRegions(told, { description, modalities }) {
  const known = told.flatMap((words) => namedIn(words.replaceAll('_', ' '), [toWord(words)]));
  const regions = known.length ? known : namedIn(description);
  return [...new Set(regions.length || !modalities.includes('MG') ? regions : [say('Breast')])];
}

/** Whether a study may show `region`: it says so, or is of the whole body, or says nothing at all. */
export function mayShow({ regions }, region) {
  return !regions.length || regions.includes(region) || regions.includes(WHOLE);
}

function namedIn(words, otherwise = []) {
  const folded = fold(words);
  const found = REGIONS.filter(([, pattern]) => pattern.test(folded)).map(([region]) => region);
  return found.length ? found : otherwise;
}

/** `TMJ` → `Tmj`: the defined terms of PS3.16 Annex L are in capitals. */
function toWord(words) {
  return words && words[0].toUpperCase() + words.slice(1).toLowerCase();
}
