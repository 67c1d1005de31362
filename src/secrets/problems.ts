/** Translates the errors of this room for a caller of the REST API. This room may not import `rest`. */
import { fault, type FieldFault } from '../model/field-fault.ts';
import { SealBroken } from './secret-box.ts';
import { MASK, MaskWithoutValue } from './webhook-secrets.ts';

interface SecretsProblem {
  readonly code: 'service_unavailable' | 'validation_failed';
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
  readonly params?: { readonly unavailable: 'secrets' };
  readonly logged?: 'error';
}

/** @returns null for an error of another room. */
export function secretsProblem(error: unknown): SecretsProblem | null {
  if (error instanceof SealBroken) {
    return {
      code: 'service_unavailable',
      detail: `${error.message}. Nothing was sent or changed; docs/operating.md says under "A value that cannot be decrypted" what to do`,
      params: { unavailable: 'secrets' },
      logged: 'error',
    };
  }
  if (error instanceof MaskWithoutValue) {
    const field = `headers.${error.header}`;
    const message = `must be a value: ${MASK} stands for the stored value, and there is none`;
    const found = fault('mask_without_value', message);
    return { code: 'validation_failed', detail: `${field} ${message}`, errors: [{ field, ...found }] };
  }
  return null;
}
