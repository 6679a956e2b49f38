// Where the server finds an expression wrong: "…1:4: parse error: …" or "… (1:10)".
export interface Place {
  /** Of the character, in the text as JavaScript counts it. */
  at: number;
  sentence: string;
}

/** Lines count from 1; columns count bytes of UTF-8 from 1, as Prometheus does. */
function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  let bytes = 1;
  let units = 0;
  for (const character of lines[line - 1] ?? '') {
    if (bytes >= column) break;
    bytes += new TextEncoder().encode(character).length;
    units += character.length;
  }
  return Math.min(text.length, before + units);
}

export function placeOf(message: string, text: string): Place | null {
  const said = message.replace(/^invalid parameter "query": /, '');
  const found = /^(\d+):(\d+): (.*)$/s.exec(said) ?? /^(?:.*)\((\d+):(\d+)\)$/s.exec(said);
  if (!found) return null;
  const sentence = (found[3] ?? said).replace(/^parse error: /, '');
  return { at: offsetOf(text, Number(found[1]), Number(found[2])), sentence };
}
