import { joined, type Library, versioned } from '../functions/library.js';

/** The functions of the consent register: a library of its own, on a Redis of its own if need be. */
export const consentLibrary = (): Library =>
  versioned(joined(['consent/head', 'common', 'consent/consent']), 'consent_version');
