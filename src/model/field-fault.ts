/**
 * The one table of what can be wrong with a member of a body or a parameter of a query. Each code is stable; `params` are
 * the values that its message names, never a secret. Rules that are code name theirs with `because`; those of zod get
 * theirs in `issue-faults.ts`. A test compares this table with `docs/rest.md`, and with the texts of the admin page.
 */
export const FIELD_FAULTS = {
  missing: { params: [], meaning: 'It must be there' },
  unknown_member: { params: [], meaning: 'There is no such member or parameter' },
  wrong_type: { params: ['expected'], meaning: 'It is of another JSON type, or a parameter is given twice' },
  not_one_of: { params: ['values'], meaning: 'It is none of these values' },
  too_small: { params: ['min'], meaning: 'The number is too small' },
  too_large: { params: ['max'], meaning: 'The number is too large' },
  too_short: { params: ['min'], meaning: 'The text has too few characters' },
  too_long: { params: ['max'], meaning: 'The text has too many characters' },
  too_few: { params: ['min'], meaning: 'The list has too few entries' },
  too_many: { params: ['max'], meaning: 'There are too many entries' },
  given_twice: { params: [], meaning: 'The same is there twice' },
  not_unique: { params: [], meaning: 'Another webhook has it' },
  control_characters: { params: [], meaning: 'The text has control characters, or half a character' },
  not_ascii: { params: [], meaning: 'The text has other characters than visible ASCII' },
  not_a_url: { params: [], meaning: 'It is no URL' },
  url_has_spaces: { params: [], meaning: 'The URL has spaces or control characters' },
  url_scheme: { params: [], meaning: 'The URL begins with neither `https://` nor `http://`' },
  url_has_credentials: { params: [], meaning: 'The URL has a user name or password' },
  url_has_fragment: { params: [], meaning: 'The URL has a fragment' },
  url_not_plain: { params: ['plain'], meaning: 'The URL is not plainly written, as this is' },
  refused_address: { params: ['address'], meaning: 'The address is private or reserved' },
  not_a_header_name: { params: [], meaning: 'It is no name that a header can have' },
  reserved_header: { params: [], meaning: 'The service or HTTP itself sets this header' },
  mask_without_value: { params: [], meaning: '`***` stands for a stored value, and there is none' },
  private_key: { params: [], meaning: 'There is a private key among the certificates' },
  not_pem: { params: [], meaning: 'It is not PEM text of certificates alone' },
  not_a_certificate: { params: ['number'], meaning: 'The certificate of this number is not valid X.509' },
  not_a_duration: { params: [], meaning: 'It is no duration, such as `30s` or `5m`' },
  duration_too_long: { params: ['max'], meaning: 'The duration is too long' },
  not_a_time: {
    params: [],
    meaning: 'It is no RFC 3339 date and time, nor another value that may stand here',
  },
  in_the_future: { params: [], meaning: 'The time has not come yet' },
  not_after: { params: ['other'], meaning: 'The time is not after that of this member' },
  only_when_enabled: { params: [], meaning: 'It goes only with a webhook that is made or enabled' },
  not_in_range: { params: ['min', 'max'], meaning: 'It is no whole number of this range' },
  not_a_uuid: { params: [], meaning: 'It is no UUID' },
  not_a_cursor: { params: [], meaning: 'It is not the `next_cursor` of an earlier page' },
  not_an_offset: { params: [], meaning: 'It is no offset of Kafka' },
  not_a_status: { params: [], meaning: 'It is no HTTP status' },
  not_base64: { params: [], meaning: 'It is not base64' },
  event_or_place: { params: [], meaning: 'It must have `event`, or `partition` and `offset`, and not both' },
  dead_letter_again: {
    params: ['reason', 'fault'],
    meaning: 'It would only become a dead letter again: the reason, and what is wrong',
  },
  refused_by_kafka: { params: ['answer'], meaning: 'Kafka does not take it, and answers this' },
  invalid: { params: [], meaning: 'Another rule; `message` says which' },
} as const satisfies Readonly<Record<string, { params: readonly string[]; meaning: string }>>;

export type FaultCode = keyof typeof FIELD_FAULTS;
export const FAULT_CODES = Object.keys(FIELD_FAULTS) as [FaultCode, ...FaultCode[]];

type ParamNames<Code extends FaultCode> = (typeof FIELD_FAULTS)[Code]['params'][number];
export type FaultParams = Readonly<Record<string, string | number | string[]>>;

export interface Fault {
  readonly code: FaultCode;
  /** What it must be, for people. It goes after the name of the member. */
  readonly message: string;
  readonly params?: FaultParams;
}

/** One fault in a body or a query: the member, and what it must be. */
export interface FieldFault extends Fault {
  readonly field: string;
}

export function fault<Code extends FaultCode>(
  code: Code,
  message: string,
  ...[params]: ParamNames<Code> extends never ? [] : [Record<ParamNames<Code>, FaultParams[string]>]
): Fault {
  return { code, message, ...(params && { params }) };
}

/** The fault as what zod takes with `refine` and `addIssue`. `issueFaults` gives it back. */
export function because(given: Fault): { message: string; params: { fault: Fault } } {
  return { message: given.message, params: { fault: given } };
}
