// Person names (PS3.5 §6.2.1, PS3.18 §F.2.2) as people write them: alphabetic, and ideographic beside it when there is one.

/** The component groups of a name given as DICOM JSON (`{Alphabetic, Ideographic}`) or as DICOM text (`A^B=漢^字`). */
export function readName(value) {
  if (value && typeof value === 'object') return { alphabetic: value.Alphabetic ?? '', ideographic: value.Ideographic ?? '' };
  const [alphabetic = '', ideographic = ''] = String(value ?? '').split('=');
  return { alphabetic, ideographic };
}

/** `Yamada^Tarou=山田^太郎` → `Yamada, Tarou (山田 太郎)`; empty when there is no name. */
export function toNameText(value) {
  const { alphabetic, ideographic } = readName(value);
  const [western, native] = [toWestern(alphabetic), components(ideographic).filter(Boolean).join(' ')];
  return western && native ? `${western} (${native})` : western || native;
}

function toWestern(group) {
  const [family, given, middle, prefix, suffix] = components(group);
  const names = [given, middle].filter(Boolean).join(' ');
  return [family, names, prefix, suffix].filter(Boolean).join(', ');
}

function components(group) {
  return group.split('^').map((component) => component.trim());
}
