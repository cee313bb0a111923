import { type Command, Option } from 'commander';
import { operatorName } from '../../consent/names.js';
import type { Consent } from '../../consent/open.js';
import {
  CONTACT_COLUMNS,
  type Contact,
  campaignOf,
  contactsFor,
  newTally,
  numbersOfFile,
  readList,
  recheck,
  type Tally,
} from '../../secondary-use/contacts/contacts.js';
import { setInterest } from '../../secondary-use/contacts/interests.js';
import { NO_REGIONS, type Regions, regionsOfFile } from '../../secondary-use/regions.js';
import { groupsOf } from '../../store/scan.js';
import { count } from '../arguments.js';
import type { Context } from '../context.js';
import { WrongUsage } from '../exit.js';
import type { Listing } from '../output.js';

interface Options {
  readonly channel: string;
  readonly kind?: string;
  readonly region?: string;
  readonly regions?: string;
  readonly from?: string;
  readonly hours: number;
  readonly recheck?: string;
  readonly json?: boolean;
  readonly bom?: boolean;
}

const CONTACTS: Listing<Contact> = {
  none: '',
  json: (contact) => contact,
  columns: CONTACT_COLUMNS.map((name) => ({ name, of: (contact) => String(contact[name]) })),
};

function regionIn({ names }: Regions, region: string): void {
  if (!names.includes(region))
    throw new WrongUsage(`--regions names no region ${region}: ${names.join(', ') || 'none'}`);
}

export function addContacts(program: Command, context: Context): void {
  const { out, withRedis, withRegister } = context;
  const list = async (
    consent: Consent,
    name: string,
    options: Options,
    tally: Tally,
  ): Promise<AsyncGenerator<Contact>> => {
    const { channel, kind, region, hours, from } = options;
    const regions = options.regions === undefined ? NO_REGIONS : regionsOfFile(options.regions);
    if (options.recheck !== undefined) {
      const contacts = readList(consent, name, options.recheck);
      for (const contact of contacts) if (contact.region !== '') regionIn(regions, contact.region);
      return recheck(consent, regions, contacts, tally);
    }
    if (region !== undefined) regionIn(regions, region);
    const campaign = campaignOf({ name, channel, region, ...(kind !== undefined && { kind }) });
    const numbers = from === undefined ? await withRedis((session) => groupsOf(session)) : numbersOfFile(consent, from);
    return contactsFor(consent, regions, campaign, numbers, hours, tally);
  };

  program
    .command('contacts')
    .description('who may be contacted for a campaign: only who agreed, at this moment; as CSV (RFC 4180)')
    .argument('<campaign>', 'its name: small letters, digits and -')
    .requiredOption('--channel <channel>', 'of `offers`: email, sms, call, post, web')
    .option('--kind <kind>', 'of the offers: who is not interested in it is left out; else the campaign itself')
    .option('--region <name>', 'only there; needs the consent `location` as well, and --regions')
    .option('--regions <file>', 'CSV with the columns prefix,region: where a number is')
    .option('--from <file>', 'CSV with the column number: who is asked for; else the numbers of all groups')
    .option('--hours <count>', 'for how long the list may be used', count, 24)
    .addOption(
      new Option(
        '--recheck <file>',
        'asks again for everybody on a list, before the send: who is left may be contacted',
      ).conflicts(['from', 'region', 'kind']),
    )
    .addOption(new Option('--json', 'as JSON').conflicts('bom'))
    .option('--bom', 'the CSV begins with a byte order mark, as Excel likes it')
    .action(async (name: string, options: Options) => {
      const tally = newTally();
      await withRegister(async (consent) => {
        const csv = { separator: ',', bom: options.bom === true };
        await out.list(await list(consent, name, options, tally), CONTACTS, options.json ? { json: true } : { csv });
      });
      out.note(`${tally.allowed} may be contacted, ${tally.left} may not`);
    });

  program
    .command('interest')
    .description('whether a customer is interested in a kind of offers: what he is not interested in is no longer sent')
    .argument('<number>', 'of the customer')
    .argument('<kind>', 'of offers, or the name of a campaign')
    .addArgument(program.createArgument('<answer>', 'yes or no').choices(['yes', 'no']))
    .option('--json', 'as JSON')
    .action(async (number: string, kind: string, answer: string, { json }: { json?: boolean }) => {
      await withRegister((consent) => setInterest(consent, number, kind, answer === 'yes', operatorName(context.user)));
      if (json) return out.json({ number, kind, interested: answer === 'yes' });
      out.note(answer === 'yes' ? 'it may be sent where he agreed' : 'it is no longer sent');
    });
}
