import type { Command } from 'commander';
import type { Context } from '../context.js';

interface Options {
  readonly check?: boolean;
  readonly json?: boolean;
}

export function addServe(program: Command, context: Context): void {
  program
    .command('serve')
    .description('the service')
    .option('--check', 'only say whether the configuration is valid')
    .option('--json', 'with --check: as JSON')
    .action(async ({ check, json }: Options) => {
      if (!check) return context.serve();
      const { warnings } = context.config();
      for (const warning of json ? [] : warnings) context.out.note(`warning: ${warning}`);
      await (json ? context.out.json({ valid: true, warnings }) : context.out.line('the configuration is valid'));
    });
}
