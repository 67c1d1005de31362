/** @returns `textOf`, which keeps its last text: at full speed many attempts begin and end in the same millisecond. */
export function perMillisecond(textOf: (now: number) => string): (now: number) => string {
  let of: number | null = null;
  let text = '';
  return (now) => {
    if (now !== of) {
      text = textOf(now);
      of = now;
    }
    return text;
  };
}
