/** The setting `SECRETS_KEY`: keys of AES-256. */
import { z } from 'zod';

const KEY_BYTES = 32;

/** Their text is the only one of its bytes, so that a cut or misspelt one is noticed. */
export const encryptionKeys = z.array(z.string()).transform((texts, context) => {
  const decoded = texts.map((text) => Buffer.from(text, 'base64'));
  const wrong = decoded.findIndex(
    (key, index) => key.length !== KEY_BYTES || key.toString('base64') !== texts[index],
  );
  if (decoded.length > 0 && wrong === -1) return decoded;
  const which = decoded.length > 1 ? `, but key ${wrong + 1} of the list is not` : '';
  context.addIssue({
    code: 'custom',
    message: `must be 32 random bytes in base64, as of \`openssl rand -base64 32\`, or several such keys separated by commas${which}`,
  });
  return z.NEVER;
});
