/** Bytes as people look at them: as text where they are, else 16 to a line as hex beside what can be printed. */
export type Bytes = { readonly text: string } | { readonly base64: string };

export function toBytes(value: Bytes): Uint8Array {
  if ('text' in value) return new TextEncoder().encode(value.text);
  return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
}

export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
