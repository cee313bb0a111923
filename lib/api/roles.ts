/** What a token may do: by its role alone. */

/**
 * `groups`, `calls`, `charges`: to read them; a caller's number is then shown with its middle left out. `callers`: whole numbers of callers, and
 * finding calls by them. `reveal`: also who asked not to be shown (RFC 3323); each look is written down. `change`: groups.
 * `close`: months, and corrections. `subject`: what is kept of a number, and consents.
 */
export type Right = 'groups' | 'calls' | 'callers' | 'reveal' | 'change' | 'charges' | 'close' | 'subject';

export const ROLES = ['reader', 'support', 'operator', 'billing', 'privacy'] as const;
export type Role = (typeof ROLES)[number];

export const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  reader: ['groups', 'calls', 'charges'],
  support: ['groups', 'calls', 'charges', 'callers'],
  operator: ['groups', 'calls', 'charges', 'callers', 'change'],
  billing: ['groups', 'charges', 'close'],
  privacy: ['groups', 'calls', 'callers', 'reveal', 'subject'],
};

/** Who asks: a token, never its secret. */
export interface Identity {
  /** For the audit. */
  readonly name: string;
  readonly role: Role;
}

export const mayDo = ({ role }: Identity, right: Right): boolean => RIGHTS[role].includes(right);

export const rolesWith = (right: Right): readonly Role[] => ROLES.filter((role) => RIGHTS[role].includes(right));
