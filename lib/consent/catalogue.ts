/** The purposes for which a customer may give consent, and what he is told of each: read by the notices' versions. Pure. */
import { canonical, digest } from './canonical.js';

export type PurposeId = string;
export type ChannelId = string;
/** `offers:sms`: what is granted is always one purpose over one channel. */
type Pair = `${PurposeId}:${ChannelId}`;

/** A text in each language of the catalogue. */
type Texts = Readonly<Record<string, string>>;

/** What the customer is shown. It never changes: another text is another version. */
export interface NoticeVersion {
  readonly version: number;
  /** In force from this day on, `2026-01-01`, UTC. */
  readonly from: string;
  /** Whether those who agreed to the version before are asked again. */
  readonly change: 'material' | 'minor';
  readonly title: Texts;
  readonly text: Texts;
  readonly channels: readonly ChannelId[];
  /** Which data are processed, one text a kind. */
  readonly data: Readonly<Record<string, readonly string[]>>;
  /** For how many days metadata is kept for this purpose alone. */
  readonly retentionDays: number;
  /** A grant ends so many months after it was given; absent: when it is withdrawn. */
  readonly validMonths?: number | undefined;
  /** So many days before it ends the customer may be asked whether it shall go on. */
  readonly renewDays?: number | undefined;
}

export interface Purpose {
  readonly id: PurposeId;
  /** Nobody can agree any more, since that day. Its id stays taken for ever. */
  readonly retired?: string | undefined;
  /** By version; at least one. */
  readonly notices: readonly NoticeVersion[];
}

export interface ConsentCatalogue {
  readonly languages: readonly string[];
  readonly channels: Readonly<Record<ChannelId, Texts>>;
  readonly purposes: readonly Purpose[];
}

/** A notice in one language, as it is kept and hashed. */
interface Notice {
  readonly id: PurposeId;
  readonly version: number;
  readonly language: string;
  readonly from: string;
  readonly change: 'material' | 'minor';
  readonly title: string;
  readonly text: string;
  readonly channels: readonly ChannelId[];
  readonly data: readonly string[];
  readonly retentionDays: number;
  readonly validMonths?: number;
  readonly renewDays?: number;
}

/** Which notice stands behind an act. */
export interface NoticeRef {
  readonly id: PurposeId;
  readonly version: number;
  readonly language: string;
  /** Of its canonical text. */
  readonly hash: string;
}

export const pairOf = (purpose: PurposeId, channel: ChannelId): Pair => `${purpose}:${channel}`;

export function partsOf(pair: string): { readonly purpose: PurposeId; readonly channel: ChannelId } {
  const at = pair.indexOf(':');
  return at < 0 ? { purpose: pair, channel: '' } : { purpose: pair.slice(0, at), channel: pair.slice(at + 1) };
}

export const purposeOf = (catalogue: ConsentCatalogue, id: PurposeId): Purpose | undefined =>
  catalogue.purposes.find((purpose) => purpose.id === id);

/** The first moment of a day of the catalogue, which is one of UTC. */
const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

export const isInForce = ({ from }: Pick<NoticeVersion, 'from'>, moment: number): boolean => startOf(from) <= moment;

export const isRetired = ({ retired }: Purpose, moment: number): boolean =>
  retired !== undefined && startOf(retired) <= moment;

/** What is shown at that moment, in milliseconds since 1970; undefined before the first one. */
export const noticeAt = ({ notices }: Purpose, moment: number): NoticeVersion | undefined =>
  notices.findLast((notice) => isInForce(notice, moment));

/** For how long metadata is kept for a purpose at that moment; undefined where nothing may be. */
export function retentionDaysOf(catalogue: ConsentCatalogue, id: PurposeId, moment: number): number | undefined {
  const purpose = purposeOf(catalogue, id);
  return purpose && noticeAt(purpose, moment)?.retentionDays;
}

/** The oldest version that still counts at that moment: a materially new one takes all before it out of force. */
export function oldestValid({ notices }: Purpose, moment: number): number {
  const material = notices.findLast((notice) => notice.change === 'material' && isInForce(notice, moment));
  return material?.version ?? notices[0]?.version ?? 0;
}

/** All channels that a purpose ever had. */
export const channelsOf = ({ notices }: Purpose): readonly ChannelId[] => [
  ...new Set(notices.flatMap(({ channels }) => channels)),
];

/** Every pair that the catalogue knows, in its order. */
export const allPairs = ({ purposes }: ConsentCatalogue): readonly Pair[] =>
  purposes.flatMap((purpose) => channelsOf(purpose).map((channel) => pairOf(purpose.id, channel)));

function noticeIn(purpose: Purpose, notice: NoticeVersion, language: string): Notice {
  return {
    id: purpose.id,
    version: notice.version,
    language,
    from: notice.from,
    change: notice.change,
    title: notice.title[language] ?? '',
    text: notice.text[language] ?? '',
    channels: notice.channels,
    data: notice.data[language] ?? [],
    retentionDays: notice.retentionDays,
    ...(notice.validMonths !== undefined && { validMonths: notice.validMonths }),
    ...(notice.renewDays !== undefined && { renewDays: notice.renewDays }),
  };
}

interface KeptNotice {
  readonly ref: NoticeRef;
  readonly notice: Notice;
  /** Its canonical text, which is what is hashed and kept. */
  readonly text: string;
}

function kept(notice: Notice): KeptNotice {
  const text = canonical(notice);
  const { id, version, language } = notice;
  return { ref: { id, version, language, hash: digest(text) }, notice, text };
}

const shownNotices = new WeakMap<NoticeVersion, Map<string, KeptNotice>>();

/** A notice as it is shown and kept: it never changes, and is made once. */
export function shown(purpose: Purpose, notice: NoticeVersion, language: string): KeptNotice {
  const languages = shownNotices.get(notice) ?? new Map<string, KeptNotice>();
  shownNotices.set(notice, languages);
  const known = languages.get(language);
  if (known?.ref.id === purpose.id) return known;
  const made = kept(noticeIn(purpose, notice, language));
  languages.set(language, made);
  return made;
}

/** Every notice of the catalogue in every language. */
export const noticesOf = ({ purposes, languages }: ConsentCatalogue): readonly KeptNotice[] =>
  purposes.flatMap((purpose) =>
    purpose.notices.flatMap((version) => languages.map((language) => shown(purpose, version, language))),
  );

/** As in the state and in the name of its key: `offers@1:lv`. */
export const nameOfNotice = ({ id, version, language }: Pick<NoticeRef, 'id' | 'version' | 'language'>): string =>
  `${id}@${version}:${language}`;
