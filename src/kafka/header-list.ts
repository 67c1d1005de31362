/**
 * Headers as a record has them: a list in order, in which names may repeat, be empty, or be those of an object's own
 * members (`constructor`), and values may be null. kafkajs makes an object of them.
 */
import type { IHeaders } from 'kafkajs';

export type HeaderList = readonly (readonly [name: string, value: Buffer | string | null])[];

export function isHeaderList(headers: IHeaders | HeaderList): headers is HeaderList {
  return Array.isArray(headers);
}

/** Where a name is also that of a member of every object, kafkajs puts that member before the values. */
export function headerList(headers: IHeaders = {}): HeaderList {
  return Object.entries(headers).flatMap(([name, values]) => {
    const all: readonly unknown[] = Array.isArray(values) ? values : [values];
    return all.filter(isValue).map((value) => [name, value] as const);
  });
}

function isValue(value: unknown): value is Buffer | string | null {
  return Buffer.isBuffer(value) || typeof value === 'string' || value === null;
}
