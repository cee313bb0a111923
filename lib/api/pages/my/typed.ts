/** What was posted when a session had ended: shown once more, so that nobody has to remember it. Pure. */
import { readDraft } from './group-form.js';
import type { Words } from './words/words.js';

/** Label and value. */
export function typedIn(body: unknown, words: Words): readonly (readonly [string, string])[] {
  const draft = readDraft(body);
  if (draft === undefined) return [];
  const { group: say } = words;
  const policy = draft.policy === 'linear' || draft.policy === 'circular' ? say.policies[draft.policy].name : '';
  const members = [...draft.members, draft.next].map((one) => one.trim()).filter((one) => one !== '');
  const typed: (readonly [string, string])[] = [
    [say.state, draft.enabled === 'yes' ? say.on : draft.enabled === 'no' ? say.off : ''],
    [say.members, members.join(', ')],
    [say.ring, /^\d{1,3}$/.test(draft.ring) ? say.seconds(Number(draft.ring)) : ''],
    [say.policy, policy],
  ];
  return typed.filter(([, value]) => value !== '');
}
