import { splitValues } from '../sip/headers.js';

/** The option tags of a Require, Proxy-Require or Supported, in lower case. */
export const optionsOf = (header: string | undefined): string[] =>
  header === undefined ? [] : splitValues(header.toLowerCase()).filter((option) => option !== '');
