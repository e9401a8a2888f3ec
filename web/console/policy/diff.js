// What is different between two texts, line by line: the longest common subsequence, with a little of what stays around.

const AROUND = 2;
const LONGEST = 4_000_000;

/** Lines as `{sign, text}`, sign `+`, `-` or a space; a line of dots stands for what is left out. */
export function toDiff(before, after) {
  return abridged(compared(lines(before), lines(after)));
}

function lines(text) {
  return text === null ? [] : text.replace(/\n$/, '').split('\n');
}

function compared(old, now) {
  if (old.length * now.length > LONGEST) return [...old.map((text) => ({ sign: '-', text })), ...now.map((text) => ({ sign: '+', text }))];
  const length = lengths(old, now);
  const found = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) found.push({ sign: ' ', text: old[a++] }), b++;
    else if (b >= now.length || (a < old.length && length[a + 1][b] >= length[a][b + 1])) found.push({ sign: '-', text: old[a++] });
    else found.push({ sign: '+', text: now[b++] });
  }
  return found;
}

function lengths(old, now) {
  const table = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = now.length - 1; b >= 0; b--) table[a][b] = old[a] === now[b] ? table[a + 1][b + 1] + 1 : Math.max(table[a + 1][b], table[a][b + 1]);
  }
  return table;
}

function abridged(found) {
  const near = found.map((_, at) => found.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== ' '));
  return found.flatMap((line, at) => {
    if (near[at]) return [line];
    return at === 0 || near[at - 1] ? [{ sign: ' ', text: '…' }] : [];
  });
}
