/** Another language has every text that English has, and no other. */
import type { en } from './en.ts';

type Shape<Part> = { readonly [Key in keyof Part]: Part[Key] extends string ? string : Shape<Part[Key]> };
export type Texts = Shape<typeof en>;
