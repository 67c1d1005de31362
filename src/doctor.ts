/**
 * `npm run doctor`: looks at everything that the service needs, says what is wrong and what to do, and changes nothing.
 * `--url <url>` looks at a receiver too, `--json` is for machines. The exit code is 1 where there is a fault.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { databaseSettings } from './config/database.settings.ts';
import { fitToOpenFiles, openFilesLimit } from './config/open-files.ts';
import * as settingsReader from './config/read-settings.ts';
import { rolesSettings } from './config/roles.settings.ts';
import type { SettingsDeclaration } from './config/settings-declaration.ts';
import { explain } from './config/start-error.ts';
import { subnetsSettings } from './config/subnets.settings.ts';
import { deliverySettings } from './delivery/delivery.settings.ts';
import { examine } from './doctor/examine.ts';
import { asJson, asLines, exitCode, fault, ok, warning, type Finding } from './doctor/finding.ts';
import { kafkaSettings } from './kafka/kafka.settings.ts';
import { SecretBox } from './secrets/secret-box.ts';
import { secretsSettings } from './secrets/secrets.settings.ts';
import { readSettings, settingsWarnings } from './settings.ts';

const CHECK = 'settings';
const USAGE = 'Usage: npm run doctor -- [--url https://receiver.example.com/hook] [--json]';

function settingsFindings(): Finding[] {
  try {
    const settings = readSettings(process.env);
    const { warnings } = fitToOpenFiles(settings, openFilesLimit());
    const weak = [...settingsWarnings(settings), ...warnings].map((text) => warning(CHECK, text));
    return [ok(CHECK, 'all of them can be used'), ...weak];
  } catch (error) {
    if (!(error instanceof settingsReader.SettingsError)) throw error;
    return error.faults.map((text) => fault(CHECK, text, 'docs/settings.md has all settings'));
  }
}

/** Those of one part; null where they are wrong, whatever is wrong elsewhere. */
function partOf<const All extends readonly SettingsDeclaration[]>(
  declarations: All,
): ReturnType<typeof settingsReader.readSettings<All>> | null {
  try {
    return settingsReader.readSettings(declarations, process.env);
  } catch (error) {
    if (error instanceof settingsReader.SettingsError) return null;
    throw error;
  }
}

async function diagnose(): Promise<{ report: string; code: number }> {
  const options = { url: { type: 'string' }, json: { type: 'boolean', default: false } } as const;
  const { url, json } = parseArgs({ options }).values;
  const forDelivery = partOf([subnetsSettings, deliverySettings]);
  const database = partOf([databaseSettings]);
  const keys = partOf([secretsSettings]);
  const findings = [
    ...settingsFindings(),
    ...(await examine({
      kafka: partOf([kafkaSettings, rolesSettings]),
      database: database && { url: database.DATABASE_URL, box: keys && new SecretBox(keys.SECRETS_KEY) },
      receiver: url !== undefined && forDelivery ? { url, settings: forDelivery } : null,
    })),
  ];
  return { report: json ? asJson(findings) : asLines(findings), code: exitCode(findings) };
}

// Its lines would stand in the report.
Logger.overrideLogger(false);
try {
  const { report, code } = await diagnose();
  // Whatever is silent would keep the process for longer.
  process.stdout.write(report, () => process.exit(code));
} catch (error) {
  const isUsage =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${isUsage ? `${error.message}\n${USAGE}` : explain(error)}\n`, () => process.exit(1));
}
