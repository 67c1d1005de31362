/** `npm run reset`: removes the data directory. It refuses one that is in use, or was not made by `npm start`. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asDataDirFault, foreignFault, isDataDir, lockDataDir, MARKER } from './data-dir.ts';
import { readDevSettings } from './dev-settings.ts';
import { explainEnd } from './explain.ts';
import { isErrno } from './fault.ts';
import { postgresHome, stopLeftovers } from './leftovers.ts';
import { outsidePlace } from './postgres-place.ts';

async function reset(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) {
    console.log(`Nothing to remove: ${dataDir} does not exist.`);
    return;
  }
  if (!isDataDir(dataDir)) throw foreignFault(dataDir);
  const release = lockDataDir(dataDir);
  await stopLeftovers(dataDir);
  const outside = outsidePlace(postgresHome(dataDir));
  if (outside !== null) await remove(outside);
  // The marker goes last, so that an interrupted removal can be repeated.
  for (const entry of readdirSync(dataDir).toSorted(markerLast)) await remove(join(dataDir, entry));
  release();
  await removeEmpty(dataDir);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  console.log(`Removed ${path}`);
}

/** A mount point is kept. If the path is a link to the directory, the link is removed. */
async function removeEmpty(dataDir: string): Promise<void> {
  try {
    await rmdir(dataDir);
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) rmSync(dataDir);
    else if (!isErrno(error, 'EBUSY', 'EACCES')) throw error;
  }
}

function markerLast(one: string, other: string): number {
  return Number(one === MARKER) - Number(other === MARKER);
}

let dataDir = '';
try {
  dataDir = readDevSettings().dataDir;
  await reset(dataDir);
} catch (error) {
  process.exitCode = explainEnd(asDataDirFault(error, dataDir));
}
