import type { CallFacts, Language, PhoneFacts } from './language.js';
import { MACHINE_STEPS_LV } from './latvian-steps.js';

const far = ({ overTrunk }: PhoneFacts): string => (overTrunk ? 'maģistrālais savienojums' : 'tālrunis');

function said(facts: PhoneFacts): string {
  const { said: response, because, local, heard } = facts;
  if (local !== '') return `; mūsu pusē: ${local}`;
  if (response !== '') return `; ${far(facts)} atbildēja ${response}${because === '' ? '' : ` (${because})`}`;
  return heard === '' ? '' : `; ${far(facts)} atbildēja ${heard}, pēc tam nekas`;
}

const after = (time: string): string => (time === '' ? 'uzreiz' : `pēc ${time}`);

const hinted = ({ hint }: PhoneFacts): string =>
  hint === '' ? '' : `; galvene ${hint} izskatījās pēc pāradresācijas, bet neko nepierāda`;

const notRung = {
  answered: ({ other }: PhoneFacts) => `pirms tam atbildēja ${other}`,
  'caller-left': () => 'zvanītājs aizgāja pirms tā kārtas',
  expired: () => 'zvanītāja dotais laiks (Expires) beidzās pirms tā kārtas',
  declined: ({ other }: PhoneFacts) => `${other} noraidīja zvanu, un šeit ar to zvans beidzas`,
  other: () => 'zvans beidzās pirms tā kārtas',
} as const;

const PHONE: Language['phone'] = {
  answered: (facts) =>
    `${facts.who} atbildēja ${after(facts.tried)}${facts.talked === '' ? '' : ` un sarunā bija ${facts.talked}`}${hinted(facts)}.`,
  busy: (facts) => `${facts.who} bija aizņemts${said(facts)}.`,
  declined: (facts) => `${facts.who} noraidīja zvanu${said(facts)}.`,
  'no-answer': (facts) =>
    facts.rang === ''
      ? `${facts.who} neatbildēja${facts.tried === '' ? '' : ` ${facts.tried} laikā`}${said(facts)}.`
      : `${facts.who} zvanīja ${facts.rang}${said(facts) || ', un neviens neatbildēja'}${hinted(facts)}.`,
  unreachable: (facts) =>
    `${facts.who} nebija sasniedzams${facts.tried === '' ? '' : ` ${facts.tried} laikā`}${said(facts) || `; ${far(facts)} neko neatbildēja`}.`,
  forwarded: (facts) => `${facts.who} pāradresē zvanus kādam citam, un tas netiek uzskatīts par atbildi${said(facts)}.`,
  'not-confirmed': (facts) =>
    facts.wasCalled
      ? `${facts.who} atbildēja un nenospieda 1: automāts vai kāds, kas zvanu nevēlējās.`
      : `${facts.who} netika lūgts pieņemt zvanu.`,
  'caller-left': (facts) => {
    if (!facts.wasCalled) return `${facts.who} netika zvanīts: zvanītājs aizgāja agrāk.`;
    if (facts.rang === '') return `Zvanītājs aizgāja, kad ${facts.who} tika izsaukts; tas vēl nezvanīja.`;
    return `${facts.who} zvanīja ${facts.rang}, tad zvanītājs aizgāja.`;
  },
  failed: (facts) => `Zvans uz ${facts.who} neizdevās${said(facts)}.`,
  fault: (facts) => `Zvanu uz ${facts.who} pārtrauca mūsu kļūda.`,
  'not-needed': (facts) => {
    if (!facts.wasCalled) return `${facts.who} netika zvanīts: ${notRung[facts.end](facts)}.`;
    const rang = facts.rang === '' ? 'tika izsaukts' : `zvanīja ${facts.rang}`;
    return `${facts.who} ${rang}, tad atbildēja ${facts.other || 'kāds cits'}.`;
  },
  unacknowledged: (facts) => `${facts.who} atbildēja tā, ka SIP serveris nevar ne apstiprināt, ne beigt${said(facts)}.`,
  'too-large': (facts) => `Zvans uz ${facts.who} neizdevās: sakāmais ir pārāk garš${said(facts)}.`,
  'on-a-call': ({ who, since }) => `${who} netika zvanīts: citā sarunā${since === '' ? '' : ` kopš ${since}`}.`,
  'own-number': ({ who, isPilot }) =>
    `${who} netika zvanīts: tas ir ${isPilot ? 'pašas grupas numurs' : 'paša zvanītāja numurs'}.`,
  away: ({ who }) => `${who} netika zvanīts: prombūtnē, kā iepriekš paziņots.`,
};

const REFUSED: Language['refused'] = {
  malformed: 'INVITE nebija salasāms',
  'no-such-number': 'nevienai grupai nav šāda numura',
  'body-not-supported': 'ziņas saturs ir nesaprotama veida',
  'scheme-not-supported': 'izsauktais nav ne SIP adrese, ne tālruņa numurs',
  'option-not-supported': 'tas prasa SIP paplašinājumu, kas netiek atbalstīts',
  'session-too-short': 'tas prasa pārāk īsu sesijas intervālu',
  loop: 'tas šajā numurā jau bija bijis: cilpa',
  'too-many-diversions': 'tas bija pāradresēts pārāk bieži',
  'too-many-hops': 'tas bija izgājis cauri pārāk daudziem serveriem (Max-Forwards)',
  expired: 'zvanītāja dotais laiks (Expires) bija beidzies',
  disabled: 'grupa ir izslēgta',
  'no-members': 'grupā nav tālruņu',
  fault: 'notika mūsu kļūda',
  overload: 'darba bija vairāk, nekā var paveikt',
  draining: 'pakalpojums tika apturēts',
  'no-store': 'grupas nevarēja nolasīt (Redis nebija pieejams)',
};

const END_REASONS: Language['endReasons'] = {
  'no-ack': 'atbilde netika apstiprināta (ACK)',
  'session-expired': 'sesija netika laikā atjaunota',
  'peer-silent': 'viena puse vairs neatbildēja',
  'peer-gone': 'viena puse šo zvanu vairs nepazina',
  'server-lost': 'SIP serveris nebija pieejams',
  'node-lost': 'mezgls, kas apkalpoja zvanu, pārstāja darboties',
  other: 'to beidza SIP serveris, nepasakot, kāpēc',
  fault: 'notika mūsu kļūda',
  'shut-down': 'pakalpojums tika apturēts',
  expired: 'zvanītāja dotais laiks (Expires) bija beidzies',
};

const because = (facts: CallFacts): string =>
  `${facts.because === '' ? '' : `, jo ${facts.because}`}${facts.isEstimated ? '; beigu laiks ir aptuvens' : ''}`;

/** What failed on our side, by the words of the record; others are shown as they are. */
const LOCAL: Readonly<Record<string, string>> = {
  'no such host': 'tāda saimniekdatora nav',
  'name server does not answer': 'vārdu serveris neatbild',
  'connection refused': 'savienojums noraidīts',
  'connection timed out': 'savienojuma laiks beidzies',
  'connection lost': 'savienojums pārtrūcis',
  'no route to host': 'nav ceļa līdz saimniekdatoram',
  'certificate not trusted': 'sertifikāts nav uzticams',
  'certificate expired': 'sertifikāta termiņš beidzies',
  'certificate is for another name': 'sertifikāts ir citam vārdam',
  'tls failed': 'TLS neizdevās',
  'message too long': 'ziņa ir pārāk gara',
  'socket refused it': 'sistēma ziņu nepieņēma',
  'no such transport': 'tāda transporta nav',
  'no response': 'atbildes nebija',
  'not sendable': 'ziņa nav nosūtāma',
  'sip server is gone': 'SIP serveris nav pieejams',
  'not delivered': 'ziņa netika piegādāta',
  'internal error': 'iekšēja kļūda',
};

const intro = ({ caller, pilot, when, through }: CallFacts): string =>
  `${when}: ${caller} zvanīja uz ${pilot}${through === '' ? '' : ` (pāradresēja ${through})`}`;

const ENDED = {
  caller: 'zvanītājs nolika klausuli',
  callee: 'tālrunis nolika klausuli',
  system: 'to beidza pakalpojums',
} as const;

const TRACE = {
  whole: (_shown: number, of: number) => `Zīmēts pēc visas zvana norises: soļi un ziņas kopā ${of}.`,
  cut: (shown: number, of: number) => `Zīmēts pēc ${shown} no ${of} zvana soļiem un ziņām: vidus nav saglabāts.`,
  expired: (_shown: number, _of: number, days?: number) =>
    `Pieraksta termiņš ir beidzies${days === undefined ? '' : ` (pierakstus glabā ${days} dienas)`}: diagramma zīmēta pēc zvana ieraksta.`,
  none: () => 'Šī zvana pieraksts nav saglabāts: diagramma zīmēta pēc zvana ieraksta.',
} as const;

export const LATVIAN: Language = {
  lang: 'lv',
  names: {
    caller: 'zvanītājs',
    service: 'Virkne',
    withheld: 'slēpts numurs',
    unknown: 'nezināms numurs',
    unknownCalled: 'nezināmu numuru',
    title: 'Zvana skaidrojums',
    phones: 'Tālruņi',
    ladder: 'Norise',
    body: 'ar saturu',
  },
  phone: PHONE,
  phoneElse: ({ who }, why) => `${who}: ${why}.`,
  hidden: (who) => `${who} netika zvanīts iemesla dēļ, kas parādītu, kurš zvanīja.`,
  refused: REFUSED,
  refusedElse: (word) => `iemesls: ${word}`,
  endReasons: END_REASONS,
  answered: (facts) =>
    `${intro(facts)}; ${after(facts.waited)} atbildēja ${facts.by}; pēc ${facts.talked} ${facts.released === null ? 'saruna beidzās' : ENDED[facts.released]}${because(facts)}.`,
  unanswered: (facts) =>
    `${intro(facts)}; neviens neatbildēja, un ${after(facts.waited)} zvanītājs saņēma ${facts.status}${because(facts)}.`,
  left: (facts) => `${intro(facts)}; zvanītājs aizgāja ${after(facts.waited)}, pirms kāds atbildēja.`,
  refusal: (facts, why) => `${intro(facts)}; noraidīts ar ${facts.status}, jo ${why}.`,
  gap: (left) => `… nesaglabāti soļi un ziņas: ${left} …`,
  trace: (state, shown, of, days) => TRACE[state](shown, of, days),
  steps: MACHINE_STEPS_LV,
  local: (words) => LOCAL[words] ?? words,
  next: {
    rings: ({ who, position }) => `${who} zvanītu kā ${position}.`,
    away: ({ who, until, reason }) =>
      `${who} nezvanītu: prombūtnē līdz ${until}${reason === '' ? '' : ` (${reason})`}.`,
    onACall: ({ who, since }) => `${who} nezvanītu: citā sarunā${since === '' ? '' : ` kopš ${since}`}.`,
    ownNumber: ({ who, pilot }) =>
      who === pilot
        ? `${who} nezvanītu: tas ir pašas grupas numurs.`
        : `${who} nezvanītu: tas ir paša zvanītāja numurs.`,
    disabled: ({ pilot }) => `Nezvanītu neviens: ${pilot} ir izslēgta.`,
    nobody: ({ pilot }) => `Nezvanītu neviens: grupā ${pilot} nav tālruņu.`,
    order: ({ pilot, who }) => `Zvanot uz ${pilot}, zvanītu ${who}.`,
    noneFree: ({ pilot }) => `Zvanot uz ${pilot}, nezvanītu neviens: visi tālruņi ir izlaisti.`,
  },
};
