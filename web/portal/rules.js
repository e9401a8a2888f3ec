// The rules of a Cedar policy as sentences: what their annotations say, by their ids.

const RULE = /((?:@\w+\("(?:[^"\\]|\\.)*"\)\s*)+)(permit|forbid)\s*\(/g;
const ANNOTATION = /@(\w+)\("((?:[^"\\]|\\.)*)"\)/g;

/** `{effect, says, basis}` of every rule that has an id, in the order of the files. */
export function readRules({ files }) {
  const rules = new Map();
  for (const [, annotations, effect] of files.flatMap(({ text }) => [...text.matchAll(RULE)])) {
    const { id, says = '', basis = '' } = Object.fromEntries([...annotations.matchAll(ANNOTATION)].map(([, name, words]) => [name, words.replace(/\\(.)/g, '$1')]));
    if (id) rules.set(id, { effect, says, basis });
  }
  return rules;
}
