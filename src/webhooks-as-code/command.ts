/**
 * The command `webhooks`. It reads the file, shows the changes, asks, and carries them out. It speaks only REST. Nothing
 * is changed before somebody agrees. If the file has a fault, nothing is changed at all. Only the import leaves out wrong
 * rows and does the others, because another program wrote the file.
 */
import { isHttpsOrLoopback } from '../config/secure-url.ts';
import { StartError } from '../config/start-error.ts';
import { carryOut } from './carry-out.ts';
import { readDefguardRows } from './defguard.ts';
import { exported } from './export.ts';
import { readOptions, readText, USAGE, type Options } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import { readRows } from './read-file.ts';
import { RestClient } from './rest-client.ts';
import type { Environment } from './secret.ts';
import { showFaults, showPlan } from './show.ts';

export interface Terminal {
  say(text: string): void;
  /** Writes to standard error, so that the output may go to a file. */
  note(text: string): void;
  /** Null: nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

const EXIT = { done: 0, failed: 1, differences: 2 } as const;

/** @returns the exit code. @throws StartError if nothing was done. */
export async function runWebhooksCommand(
  args: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const options = readOptions(args, environment);
  if (options === null) {
    terminal.say(USAGE);
    return EXIT.done;
  }
  if (!isHttpsOrLoopback(options.url))
    terminal.note(
      `Warning: ${options.url} is not https, so others on the network may read the token and the secrets.\n`,
    );
  const rest = new RestClient(options.url, options.token);
  if (options.command === 'export') return writeExport(rest, terminal);
  const { rows, faults: inFile } =
    options.command === 'apply'
      ? readRows(readText(options.file))
      : readDefguardRows(readText(options.file), options);
  const leavesOut = options.command === 'import-defguard';
  if (!leavesOut) refuse(inFile, options.file);
  const plan = await makePlan(rest, rows, { ...options, environment });
  const faults = [...inFile, ...plan.faults];
  if (!leavesOut) refuse(faults, options.file);
  else if (faults.length > 0) terminal.say(`These rows are left out:\n${showFaults(faults)}`);
  const code = await settle(rest, plan, options, terminal);
  return code === EXIT.failed || faults.length > 0 ? EXIT.failed : code;
}

function refuse(faults: Plan['faults'], file: string): void {
  if (faults.length > 0) throw new StartError(`${file} has faults:\n${showFaults(faults).trimEnd()}`);
}

async function writeExport(rest: RestClient, terminal: Terminal): Promise<number> {
  const { text, count, variables } = exported(await rest.list());
  terminal.say(text);
  terminal.note(`Webhooks: ${count}.\n`);
  if (variables.length > 0) {
    const names = variables.map((name) => `  ${name}\n`).join('');
    terminal.note(
      `No secret is in the file. Set these variables where it is applied to a service that does not have them yet:\n${names}`,
    );
  }
  return EXIT.done;
}

async function settle(rest: RestClient, plan: Plan, options: Options, terminal: Terminal): Promise<number> {
  terminal.say(showPlan(plan));
  if (plan.steps.length === 0) return EXIT.done;
  if (options.dryRun) return EXIT.differences;
  if (!(await agreed(options, terminal))) return EXIT.failed;
  const { failed, untried, made } = await carryOut(rest, plan.steps, {
    showSigningSecrets: options.showSigningSecrets,
    say: (line) => {
      terminal.say(`${line}\n`);
    },
  });
  if (made > 0 && !options.showSigningSecrets) {
    terminal.note(
      `New webhooks have signing secrets, which were not shown: ${made}. POST /api/v1/webhooks/{id}/rotate-signing-secret shows a new one; --show-signing-secrets shows them when webhooks are made.\n`,
    );
  }
  if (failed === 0) return EXIT.done;
  terminal.note(`Done: ${plan.steps.length - failed - untried}, failed: ${failed}, not tried: ${untried}.\n`);
  return EXIT.failed;
}

async function agreed({ yes }: Options, terminal: Terminal): Promise<boolean> {
  if (yes) return true;
  if (!terminal.ask) {
    terminal.note(
      'Nothing was changed, as nobody can be asked here: look at the differences, and run it again with --yes.\n',
    );
    return false;
  }
  if (/^y(es)?$/i.test((await terminal.ask('Do this? [y/N] ')).trim())) return true;
  terminal.note('Nothing was changed.\n');
  return false;
}
