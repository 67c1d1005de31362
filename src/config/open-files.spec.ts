import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectionsOfRest, fitToOpenFiles, openFilesLimit, socketsOfDeliveries } from './open-files.ts';

const settings = { MAX_IN_FLIGHT: 1_024, MAX_IN_FLIGHT_PER_WEBHOOK: 256 };

describe('open files', () => {
  it('are limited as the system says', () => {
    const said = /Max open files\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    expect(openFilesLimit()).toBe(said === 'unlimited' ? Infinity : Number(said));
  });

  it.each([
    [Infinity, Infinity],
    [1_048_576, 1_048_064],
    [1_024, 768],
    [256, 128],
    [128, 40],
    [96, 8],
  ])('of %d, deliveries get %d for sockets', (openFiles, sockets) => {
    expect(socketsOfDeliveries(openFiles)).toBe(sockets);
  });

  it.each([
    [Infinity, 448],
    [1_024, 192],
    [256, 64],
    [128, 24],
    [96, 24],
  ])('of %d, the HTTP server gets %d for connections', (openFiles, connections) => {
    expect(connectionsOfRest(openFiles)).toBe(connections);
  });

  it.each([Infinity, 65_536, 1_878])('that are enough leave the settings as they are: %d', (openFiles) => {
    expect(fitToOpenFiles(settings, openFiles)).toEqual({ settings, warnings: [] });
  });

  it('that are too few lower the limits of requests, and say how many would do', () => {
    const fitted = fitToOpenFiles(settings, 256);
    expect(fitted.settings).toEqual({ ...settings, MAX_IN_FLIGHT: 96, MAX_IN_FLIGHT_PER_WEBHOOK: 96 });
    expect(fitted.warnings).toEqual([
      'MAX_IN_FLIGHT is 96 instead of 1024, as the process may open only 256 files: let it open 1878 (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker)',
    ]);
    expect(fitToOpenFiles(settings, 1_024).settings).toMatchObject({
      MAX_IN_FLIGHT: 576,
      MAX_IN_FLIGHT_PER_WEBHOOK: 256,
    });
  });

  it('that leave nothing for deliveries are refused: Kafka, PostgreSQL and REST were left without files', () => {
    expect(fitToOpenFiles(settings, 96).settings.MAX_IN_FLIGHT).toBe(6);
    expect(() => fitToOpenFiles(settings, 95)).toThrow(
      'The process may open only 95 files, and needs 96 at least: raise the limit (ulimit -n',
    );
  });
});
