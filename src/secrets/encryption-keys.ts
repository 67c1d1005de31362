/** The rule for the setting `SECRETS_KEY`: one or more keys for AES-256, each 32 bytes in base64. */
import { z } from 'zod';

const KEY_BYTES = 32;

/** A text must be exactly the base64 form of its bytes. So a key that was cut off or misspelt is noticed. */
export const encryptionKeys = z.array(z.string()).transform((texts, context) => {
  const decoded = texts.map((text) => Buffer.from(text, 'base64'));
  const wrong = decoded.findIndex(
    (key, index) => key.length !== KEY_BYTES || key.toString('base64') !== texts[index],
  );
  if (decoded.length > 0 && wrong === -1) return decoded;
  const which = decoded.length > 1 ? `, but key ${wrong + 1} of the list is not` : '';
  context.addIssue({
    code: 'custom',
    message: `must be 32 random bytes in base64, such as the output of \`openssl rand -base64 32\`, or several such keys separated by commas${which}`,
  });
  return z.NEVER;
});
