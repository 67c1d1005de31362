import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { AnswerFraming } from './answer-framing.ts';
import { TransportFailure } from './transport-failure.ts';

/** What the parser is given of these bytes, cut into pieces of a size. */
function framed(text: string, pieceBytes = Infinity): string {
  const framing = new AnswerFraming();
  framing.expectAnswer();
  const bytes = Buffer.from(text, 'latin1');
  let parsable = '';
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const taken = framing.take(Buffer.from(bytes.subarray(at, at + pieceBytes)));
    if (taken instanceof TransportFailure) return `${taken.errorCode}: ${taken.message}`;
    parsable += taken.toString('latin1');
  }
  return parsable;
}

/** Blanks before a value mean nothing. */
function withoutLeadingBlanks(text: string): string {
  return text.replaceAll(/: +/g, ': ');
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('the parser is given', () => {
  it.each([
    ['a length with a blank behind it', 'Content-Length: 2 \r\n', 'Content-Length: 2\r\n'],
    ['a length with tabs around it', 'Content-Length:\t2\t \r\n', 'Content-Length: 2\r\n'],
    ['a folded line', 'X: a\r\n b\r\n\t c\r\n', 'X: a b c\r\n'],
    ['a fold before the value', 'X:\r\n b\r\n', 'X: b\r\n'],
    ['a fold of blanks only', 'X: a\r\n \r\n', 'X: a\r\n'],
    ['a folded length', 'Content-Length:\r\n 2\r\n', 'Content-Length: 2\r\n'],
    [
      'a length that is said twice',
      'content-length: 2\r\nX: y\r\nContent-Length: 2 \r\n',
      'content-length: 2\r\nX: y\r\n',
    ],
    [
      'a length that is said three times',
      'Content-Length: 2\r\nX: y\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n',
      'Content-Length: 2\r\nX: y\r\n',
    ],
    ['a list of one length', 'Content-Length: 2, 2,2\r\n', 'Content-Length: 2\r\n'],
    [
      'two lengths',
      'Content-Length: 2\r\nContent-Length: 3\r\n',
      'Content-Length: 2\r\nContent-Length: 3\r\n',
    ],
    ['a list of two lengths', 'Content-Length: 2, 3\r\n', 'Content-Length: 2, 3\r\n'],
    ['a name alone', 'X \r\n', 'X \r\n'],
    ['a line that begins with a blank, and none before it', ' X: y\r\n', ' X: y\r\n'],
  ])('%s', (_what, fields, expected) => {
    for (const pieceBytes of [Infinity, 7, 1])
      expect(withoutLeadingBlanks(framed(`${OK}${fields}\r\nok`, pieceBytes))).toBe(`${OK}${expected}\r\nok`);
  });

  it.each([
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['100 that says it closes', 'HTTP/1.0 100 Continue\r\nConnection: close\r\nX: a\r\n b\r\n\r\n'],
    ['several', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 199 X\r\n\r\n'],
    ['an empty line', '\r\n'],
  ])('a final answer without what came before it: %s', (_what, before) => {
    for (const pieceBytes of [Infinity, 7, 1])
      expect(framed(`${before}${OK}\r\nok`, pieceBytes)).toBe(`${OK}\r\nok`);
  });

  it.each([
    ['blanks behind a size', '2 \r\nok\r\n0 \t\r\n\r\n', '02\r\nok\r\n000\r\n\r\n'],
    ['an extension with blanks', '2 ; a = "b c"\r\nok\r\n0\r\n\r\n', '0000000000002\r\nok\r\n0\r\n\r\n'],
    ['an extension', '2;a=b\r\nok\r\n0\r\n\r\n', '2;a=b\r\nok\r\n0\r\n\r\n'],
    ['what looks like a fold in a chunk', '6\r\na:\r\n b\r\n0\r\n\r\n', '6\r\na:\r\n b\r\n0\r\n\r\n'],
    ['trailers', '2\r\nok\r\n0\r\nX: y\r\n z\r\nContent-Length: 9\r\n\r\n', '2\r\nok\r\n0\r\n\r\n'],
    ['another answer behind it', '0\r\n\r\nHTTP/1.1 100 C\r\n\r\n', '0\r\n\r\nHTTP/1.1 100 C\r\n\r\n'],
    ['a size that is none', 'zz \r\nok', 'zz \r\nok'],
    ['a size and something else', '2 \rx\r\nok', '2 \rx\r\nok'],
  ])('chunks with %s', (_what, body, expected) => {
    for (const pieceBytes of [Infinity, 7, 1])
      expect(framed(`${CHUNKED}${body}`, pieceBytes)).toBe(`${CHUNKED}${expected}`);
  });

  it('what is no HTTP, as it is and at once', () => {
    for (const text of ['<html> ', 'SSH-2.0-x \r\n y\r\n', 'HTTP/2 200 \r\n', 'HTTP/1.1 2x0 \r\n', 'HTTX'])
      expect(framed(text, 1)).toBe(text);
  });

  it('what nobody asked for, as it is', () => {
    expect(
      Buffer.from(new AnswerFraming().take(Buffer.from('HTTP/1.1 100 C\r\n')) as Buffer).toString(),
    ).toBe('HTTP/1.1 100 C\r\n');
  });

  it('a later minor version as 1.1', () => {
    expect(framed('HTTP/1.2 200 OK\r\n\r\n')).toBe('HTTP/1.1 200 OK\r\n\r\n');
    expect(framed('HTTP/1.0 200 OK\r\n\r\n')).toBe('HTTP/1.0 200 OK\r\n\r\n');
  });

  it('nothing of informational heads, which took half a second when they repeated a length', () => {
    const head = (field: string): string => `HTTP/1.1 103 Early Hints\r\n${field.repeat(600)}\r\n`;
    const cpuMs = (field: string): number => {
      const text = `${head(field).repeat(80)}${OK}\r\nok`;
      const before = process.cpuUsage();
      expect(framed(text, 2_048)).toBe(`${OK}\r\nok`);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    const plainMs = cpuMs('x-early-hint: 1\r\n');
    expect(cpuMs('content-length:1\r\n')).toBeLessThan(50 + 4 * plainMs);
  });

  it('any answer in the same form, however it is cut into pieces', () => {
    const part = fc.constantFrom(
      OK,
      'HTTP/1.1 100 C\r\n',
      'X: a',
      ' ',
      '\t',
      '\r\n',
      '\n',
      '\r',
      '2',
      'ok',
      ';',
      CHUNKED,
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), (parts, pieceBytes) => {
        const text = `${OK}${parts.join('')}`;
        const whole = framed(text);
        expect(whole.startsWith(framed(text, pieceBytes))).toBe(true);
        // A last part that is held back may be whole in neither.
        expect(framed(`${text}\r\n\r\n`, pieceBytes)).toBe(framed(`${text}\r\n\r\n`));
      }),
      seeded(3_000),
    );
  });
});

describe('it is no answer', () => {
  it.each(['000', '001', '099'])('with status %s', (status) => {
    expect(framed(`HTTP/1.1 ${status} X\r\n\r\n`)).toBe(
      `invalid_response: the answer is not valid HTTP: its status is ${status}, and there is none below 100`,
    );
  });

  it('when it goes over to another protocol', () => {
    expect(framed('HTTP/1.1 101 Switching Protocols\r\n\r\n')).toContain('connection_reset: ');
  });

  it.each([
    ['a head', OK + 'x: y\r\n'.repeat(3_000)],
    ['a status line', 'HTTP/1.1 200 ' + 'O'.repeat(20_000)],
    ['a chunk extension', `${CHUNKED}1;${'x'.repeat(20_000)}`],
    ['trailers', `${CHUNKED}0\r\n${'x: y\r\n'.repeat(3_000)}`],
  ])('with %s without end', (_what, text) => {
    expect(framed(text, 2_048)).toContain('invalid_response: ');
  });
});
