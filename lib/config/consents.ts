import { z } from 'zod';
import { isDate } from '../base/dates.js';
import { absentOr, atLeastOne, list, oneOf, section, whole, words } from './shapes.js';

/**
 * The shape of the file of purposes, config/consents.json or what `consent.catalogue` names. A notice never changes and an id is never
 * used again: what is new is another version at the end of the list, what is over stays with `retired`.
 */

const ID_RULE = { error: 'must be a name of small letters, digits and -, such as offers' };
const id = z.string(ID_RULE).regex(/^[a-z][a-z\d-]{0,39}$/, ID_RULE);
const DAY = { error: 'must be a day, such as 2026-01-01' };
const date = z.string(DAY).refine(isDate, DAY);
const texts = z.record(id, words);

const notice = section({
  version: whole(1, 999_999),
  from: date,
  change: oneOf(['material', 'minor']),
  title: texts,
  text: texts,
  channels: atLeastOne(id),
  data: z.record(id, atLeastOne(words)),
  retentionDays: whole(1, 3_650),
  ...absentOr({ validMonths: whole(1, 120), renewDays: whole(1, 365) }),
});

const purpose = section({ id, ...absentOr({ retired: date }), notices: atLeastOne(notice) });

type Issue = (path: (string | number)[], message: string) => void;

export const CONSENTS = section({
  languages: atLeastOne(id),
  channels: z.record(id, texts),
  purposes: list(purpose),
}).superRefine((all, context) => {
  const issue: Issue = (path, message) => context.addIssue({ code: 'custom', path, message });
  const translated = (path: (string | number)[], one: Readonly<Record<string, unknown>>): void => {
    for (const language of all.languages)
      if (!Object.hasOwn(one, language)) issue([...path, language], 'must be there: each text is in each language');
  };
  for (const [channel, title] of Object.entries(all.channels)) translated(['channels', channel], title);
  for (const [at, one] of all.purposes.entries()) {
    if (all.purposes.findIndex((other) => other.id === one.id) < at)
      issue(['purposes', at, 'id'], 'is used already, and is never used again');
    for (const [index, version] of one.notices.entries()) {
      const path = ['purposes', at, 'notices', index];
      for (const name of ['title', 'text', 'data'] as const) translated([...path, name], version[name]);
      checkOrder(one.notices, index, path, issue);
      const sizes = new Set(Object.values(version.data).map((data) => data.length));
      if (sizes.size > 1) issue([...path, 'data'], 'must name the same kinds of data in each language');
      for (const [place, channel] of version.channels.entries())
        if (!Object.hasOwn(all.channels, channel)) issue([...path, 'channels', place], 'must be one of `channels`');
    }
  }
});

function checkOrder(
  notices: readonly z.output<typeof notice>[],
  index: number,
  path: (string | number)[],
  issue: Issue,
): void {
  const [version, before] = [notices[index], notices[index - 1]];
  if (version === undefined) return;
  if (version.version !== index + 1)
    issue([...path, 'version'], `must be ${index + 1}: versions count from 1 and are all kept`);
  if (before !== undefined && version.from < before.from)
    issue([...path, 'from'], 'must not be before the version before');
}
