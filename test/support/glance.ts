import { Glance } from '../../lib/sip/glance.js';

/** What those see who look on at that message. */
export function glanceAt(text: string): Glance {
  const glance = new Glance();
  glance.read(text);
  return glance;
}
